package io.errand.client;

import io.errand.api.DeferralResponse;
import io.errand.api.TokenResponse;
import java.time.Duration;
import java.util.Optional;

/** An exchange that waits for a person (Deferred Token Response). */
final class ApprovedExchange {

    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final Transport transport;
    private final TokenExchange exchange;

    ApprovedExchange(Transport transport, TokenExchange exchange) {
        this.transport = transport;
        this.exchange = exchange;
    }

    /** @param asked when, by {@link System#nanoTime} */
    record Granted(TokenResponse response, long asked) {}

    Granted begin(TaskRequest request, Waiting waiting) {
        long start = System.nanoTime();
        Reply reply = exchange.beginDeferred(request);
        if (!isPending(reply)) {
            return new Granted(reply.expect(TokenResponse.class, 200), start);
        }
        DeferralResponse deferral = reply.expect(DeferralResponse.class, 400);
        String code = deferral.deferralCode();
        if (code == null) {
            throw new Unanswered("The broker asks to wait, and does not say by which code to come again.", null);
        }
        waiting.asked().accept(deferral.approval());
        Duration interval = atLeastShortest(deferral.interval());
        while (System.nanoTime() - start + interval.toNanos()
                < waiting.longest().toNanos()) {
            if (transport.pauseUnlessClosed(interval)) {
                throw new Unanswered("Interrupted while waiting for an approval.", null);
            }
            long asked = System.nanoTime();
            Reply next = exchange.collect(code);
            if (!isPending(next)) {
                return new Granted(next.expect(TokenResponse.class, 200), asked);
            }
            interval = atLeastShortest(next.json().path("interval").asLong(interval.toSeconds()));
        }
        throw new Refused(
                new Refusal.Denied(
                        "Nobody has decided within " + waiting.longest() + "; what was asked is at "
                                + deferral.approval().url() + " until it expires.",
                        Optional.ofNullable(deferral.decisionId())),
                Optional.ofNullable(deferral.decisionId()));
    }

    private static boolean isPending(Reply reply) {
        String error = reply.json().path("error").asString("");
        return reply.status() == 400 && (error.equals("authorization_pending") || error.equals("slow_down"));
    }

    private static Duration atLeastShortest(long seconds) {
        Duration interval = Duration.ofSeconds(Math.min(seconds, 60));
        return interval.compareTo(SHORTEST) < 0 ? SHORTEST : interval;
    }
}
