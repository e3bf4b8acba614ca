package io.errand.broker.credential.http;

import io.errand.api.Json;
import io.errand.api.Sha256;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Signed calls to a service ({@code private_key_jwt}, RFC 7523 §2.2, in the header {@code Authorization}): each has an assertion of its
 * own, good for one body at one address. A service that would rather look at a certificate is shown one, too.
 */
@Component
class HttpCalls {

    private static final int MAX_ANSWER = 1024 * 1024;
    private static final Duration ASSERTION = Duration.ofMinutes(1);
    private static final String PROBLEM = "application/problem+json";

    private final HttpTargetProperties settings;
    private final Outbound outbound;

    /** Of targets that are shown a certificate. */
    private final Map<String, Outbound> showing = new LinkedHashMap<>();

    private final Keys keys;
    private final String issuer;
    private final Clock clock;

    HttpCalls(HttpTargetProperties settings, Outbound outbound, Keys keys, ErrandProperties errand, Clock clock) {
        this.settings = settings;
        this.outbound = outbound;
        this.keys = keys;
        this.issuer = errand.issuer();
        this.clock = clock;
        settings.httpTargets()
                .forEach((name, target) -> target.certificate()
                        .ifPresent(certificate -> showing.put(name, outbound.showing(certificate))));
    }

    @PreDestroy
    void close() throws IOException {
        for (Outbound one : showing.values()) {
            one.close();
        }
    }

    /** What came of a call. */
    sealed interface Told {

        /** 200, with an object. */
        record Done(JsonNode body) implements Told {}

        /**
         * A problem (RFC 9457) that says {@code "made": false}: nothing was done.
         *
         * @param decided 422: it will say so again, until a person changes something
         */
        record Refused(
                String detail, boolean decided, @Nullable Duration after) implements Told {}

        /** Anything else: it may have been done. */
        record Unclear(String cause, boolean down, @Nullable Duration after) implements Told {}
    }

    Optional<HttpTargetProperties.HttpTarget> target(String name) {
        return Optional.ofNullable(settings.httpTargets().get(name));
    }

    Iterable<String> targets() {
        return settings.httpTargets().keySet().stream().sorted().toList();
    }

    /** @param call {@code issue}, {@code destroy}, {@code look}, {@code list} or {@code check} */
    Told send(String name, String call, Map<String, Object> body) {
        Optional<HttpTargetProperties.HttpTarget> target = target(name);
        if (target.isEmpty()) {
            return new Told.Unclear(
                    "The service has no target '" + name + "' any more (errand.http-targets).", false, null);
        }
        byte[] sent = Json.mapper().writeValueAsBytes(body);
        URI address = URI.create(target.get().address() + "/" + call);
        Outbound.Request request = new Outbound.Request(
                address,
                Map.of(
                        "Accept",
                        "application/json",
                        "Authorization",
                        "Bearer " + assertion(target.get(), address, sent)),
                sent,
                MAX_ANSWER);
        return switch (showing.getOrDefault(name, outbound)
                .send(request, target.get().timeout())) {
            case Reply.Answered answered -> read(name, answered);
            case Reply.TimedOut() ->
                new Told.Unclear(name + ": no answer within " + target.get().timeout(), true, null);
            case Reply.Failed(String cause) -> new Told.Unclear(name + ": " + cause, true, null);
        };
    }

    private String assertion(HttpTargetProperties.HttpTarget target, URI address, byte[] body) {
        long now = clock.instant().getEpochSecond();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", issuer);
        claims.put("sub", issuer);
        claims.put("aud", target.address().toString());
        claims.put("iat", now);
        claims.put("exp", now + ASSERTION.toSeconds());
        claims.put("jti", Ids.next().toString());
        claims.put("htu", address.toString());
        claims.put("body_sha256", Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(body)));
        return keys.sign(TokenKind.HTTP_CALL, claims);
    }

    private static Told read(String name, Reply.Answered answered) {
        JsonNode body = json(answered.body());
        boolean problem = answered.type().equalsIgnoreCase(PROBLEM);
        Duration after = after(body);
        if (answered.status() == 200 && body != null && answered.type().equalsIgnoreCase("application/json")) {
            return new Told.Done(body);
        }
        if (problem && body != null && isFalse(body.path("made")) && answered.status() >= 400) {
            return new Told.Refused(text(body.path("detail")), answered.status() == 422, after);
        }
        // No more of it: what a stranger answers may be anything.
        return new Told.Unclear(
                name + ": status " + answered.status() + (body == null ? " and no object" : "")
                        + (problem && body != null ? ": " + text(body.path("detail")) : ""),
                answered.status() != 200,
                after);
    }

    private static boolean isFalse(JsonNode made) {
        return made.isBoolean() && !made.asBoolean();
    }

    private static @Nullable JsonNode json(byte[] body) {
        try {
            JsonNode read = Json.mapper().readTree(body);
            return read != null && read.isObject() ? read : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static @Nullable Duration after(@Nullable JsonNode body) {
        JsonNode seconds = body == null ? null : body.get("retry_after");
        return seconds != null && seconds.isInt() && seconds.asInt() > 0
                ? Duration.ofSeconds(Math.min(seconds.asInt(), 300))
                : null;
    }

    /** For logs and receipts: one line, not endless. */
    static String text(JsonNode node) {
        String text = node.isString() ? node.asString() : "";
        String line = text.replaceAll("\\p{Cntrl}", " ").strip();
        return line.length() > 300 ? line.substring(0, 300) + "…" : line;
    }
}
