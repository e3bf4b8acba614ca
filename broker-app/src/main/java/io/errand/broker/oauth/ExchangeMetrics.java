package io.errand.broker.oauth;

import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.grant.TokenExchange;
import io.errand.broker.shared.tracing.Spans;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** How exchanges end, and how long they take. No label names anybody, so there are never more series than stand here. */
@Component
class ExchangeMetrics {

    private static final List<String> GRANTS =
            List.of("token_exchange", "client_credentials", "deferred", "jwt_bearer");
    private static final List<String> OUTCOMES = List.of("granted", "deferred", "refused", "fault");

    private static final Duration[] LATENCIES = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    private final MeterRegistry registry;
    private final Spans spans;

    ExchangeMetrics(MeterRegistry registry, Spans spans) {
        this.registry = registry;
        this.spans = spans;
        GRANTS.forEach(grant -> OUTCOMES.forEach(outcome -> exchanges(grant, outcome)));
        for (Refusal.Cause cause : Refusal.Cause.values()) {
            refusals(cause);
        }
    }

    /** @param grantType of the form: one of those that the token endpoint answers */
    TokenExchange.Answer timed(String grantType, Supplier<TokenExchange.Answer> exchange) {
        return spans.within("errand.exchange", note -> {
            note.put("errand.grant", grant(grantType));
            return timed(grantType, exchange, note);
        });
    }

    private TokenExchange.Answer timed(String grantType, Supplier<TokenExchange.Answer> exchange, Spans.Note note) {
        long begun = System.nanoTime();
        String outcome = "fault";
        try {
            TokenExchange.Answer answer = exchange.get();
            outcome = switch (answer) {
                case TokenExchange.Answer.Granted granted -> "granted";
                case TokenExchange.Answer.Waiting waiting -> "deferred";
                case TokenExchange.Answer.Refused(Refusal refusal, var decision) -> {
                    refusals(refusal.cause()).increment();
                    yield "refused";
                }
            };
            return answer;
        } finally {
            note.put("errand.outcome", outcome);
            exchanges(grant(grantType), outcome).record(Duration.ofNanos(System.nanoTime() - begun));
        }
    }

    private static String grant(String grantType) {
        return switch (grantType) {
            case TokenRequest.DEFERRED_GRANT_TYPE -> "deferred";
            case TokenRequest.CLIENT_CREDENTIALS -> "client_credentials";
            case TokenRequest.JWT_BEARER -> "jwt_bearer";
            default -> "token_exchange";
        };
    }

    private Timer exchanges(String grant, String outcome) {
        return Timer.builder("errand.exchange")
                .description("Requests for a token, from the first check to the answer")
                .tags("grant", grant, "outcome", outcome)
                .serviceLevelObjectives(LATENCIES)
                .register(registry);
    }

    private Counter refusals(Refusal.Cause cause) {
        return registry.counter("errand.exchange.refusals", "cause", cause.word());
    }
}
