package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One of the broker's signing keys; the public part is at {@code /oauth2/jwks}.
 *
 * @param alg {@code ES256} or {@code RS256}
 * @param state {@code next} (published, does not sign yet), {@code active} or {@code retiring} (verifies only)
 * @param activeAt when it began to sign
 * @param retiringAt when it ceased to sign and its private part was deleted
 * @param sealedUnder which key-encryption key its private part is under, as this replica is configured: {@code current} (the first one),
 *     {@code previous} (one that is only accepted) or {@code unknown} (none of them); absent: it has no private part any more
 */
public record KeyView(
        String kid,
        String alg,
        String state,
        Instant createdAt,
        @Nullable Instant activeAt,
        @Nullable Instant retiringAt,
        @Nullable String sealedUnder) {}
