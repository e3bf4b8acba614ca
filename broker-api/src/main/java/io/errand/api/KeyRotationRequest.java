package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * What to rotate.
 *
 * @param alg {@code ES256} or {@code RS256}; absent: every algorithm that has a key
 * @param immediately {@code true}: the new key signs at once, though nobody may have seen it yet; absent: after it was published
 *     for {@code errand.key.publish-ahead}
 */
public record KeyRotationRequest(
        @Nullable String alg, @Nullable Boolean immediately) {}
