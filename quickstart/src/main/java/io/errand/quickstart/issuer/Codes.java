package io.errand.quickstart.issuer;

import io.errand.api.Sha256;
import io.errand.quickstart.Passwords;
import io.errand.quickstart.issuer.Asked.Accepted;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Authorization codes: each is used once, within a minute, by whom it was made for (RFC 6749 §4.1.2). */
final class Codes {

    private static final Duration LIFETIME = Duration.ofSeconds(60);

    /** What a code stands for. */
    record Issued(Client client, Accepted request, Person person, Instant at) {

        private boolean isOver(Instant now) {
            return now.isAfter(at.plus(LIFETIME));
        }
    }

    private final Clock clock;

    /** By the digest of the code: how long a look-up takes says nothing of a code. */
    private final Map<String, Issued> issued = new ConcurrentHashMap<>();

    Codes(Clock clock) {
        this.clock = clock;
    }

    String issue(Client client, Accepted request, Person person) {
        Instant now = clock.instant();
        issued.values().removeIf(one -> one.isOver(now));
        String code = Passwords.next();
        issued.put(sha256(code), new Issued(client, request, person, now));
        return code;
    }

    /**
     * Uses the code up, whatever comes of it: one that is shown with something wrong was stolen, or its client is broken.
     *
     * @param verifier the other half of the challenge (RFC 7636 §4.6)
     */
    Optional<Issued> redeem(String code, String clientId, String redirectUri, String verifier) {
        return Optional.ofNullable(issued.remove(sha256(code)))
                .filter(one -> !one.isOver(clock.instant()))
                .filter(one -> equal(one.client().id(), clientId)
                        && equal(one.client().redirectUri(), redirectUri)
                        && equal(one.request().challenge(), sha256(verifier)));
    }

    private static boolean equal(String own, String shown) {
        return MessageDigest.isEqual(own.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(text));
    }
}
