package io.errand.broker.identity;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long issuers' keys are believed ({@code errand.identity.*}).
 *
 * @param keyRefreshInterval least time between two requests for an issuer's keys that unknown {@code kid}s or failures cause
 * @param keyMaxAge age at which keys are fetched again; a key that an issuer withdrew is trusted no longer than this
 * @param staleKeys age up to which keys serve while their issuer does not answer; after that its tokens are refused
 * @param spiffeBundles files with the trust bundles of trust domains, {@code errand.identity.spiffe-bundles[example.org]}, for
 *     issuers whose {@code spiffe_bundle} is {@code file}
 */
@ConfigurationProperties("errand.identity")
record IdentityProperties(
        @DefaultValue("PT30S") Duration keyRefreshInterval,
        @DefaultValue("PT5M") Duration keyMaxAge,
        @DefaultValue("PT1H") Duration staleKeys,
        @DefaultValue Map<String, Path> spiffeBundles) {

    IdentityProperties {
        spiffeBundles = Map.copyOf(spiffeBundles);
        requirePositive("key-refresh-interval", keyRefreshInterval);
        requirePositive("key-max-age", keyMaxAge);
        requirePositive("stale-keys", staleKeys);
        if (staleKeys.compareTo(keyMaxAge) < 0) {
            throw new IllegalArgumentException(
                    "errand.identity.stale-keys must not be shorter than errand.identity.key-max-age");
        }
    }

    private static void requirePositive(String key, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("errand.identity." + key + " must be longer than zero");
        }
    }
}
