package io.errand.broker.identity;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long issuers' keys are believed, and how much is asked for one issuer ({@code errand.identity.*}).
 *
 * @param keyRefreshInterval least time between two requests for an issuer's keys that unknown {@code kid}s or failures cause
 * @param keyMaxAge age at which keys are fetched again; a key that an issuer withdrew is trusted no longer than this
 * @param staleKeys age up to which keys serve while their issuer does not answer; after that its tokens are refused
 * @param verificationsPerSecond most tokens of one issuer that this replica looks at in a second, refused ones included; what is
 *     over is refused unseen, so that one issuer cannot take the processors from the others
 * @param spiffeBundles files with the trust bundles of trust domains, {@code errand.identity.spiffe-bundles[example.org]}, for
 *     issuers whose {@code spiffe_bundle} is {@code file}
 */
@ConfigurationProperties("errand.identity")
public record IdentityProperties(
        @DefaultValue("PT30S") Duration keyRefreshInterval,
        @DefaultValue("PT5M") Duration keyMaxAge,
        @DefaultValue("PT1H") Duration staleKeys,
        @DefaultValue("2000") int verificationsPerSecond,
        @DefaultValue Map<String, Path> spiffeBundles) {

    public IdentityProperties {
        spiffeBundles = Map.copyOf(spiffeBundles);
        requirePositive("key-refresh-interval", keyRefreshInterval);
        requirePositive("key-max-age", keyMaxAge);
        requirePositive("stale-keys", staleKeys);
        if (verificationsPerSecond < 1) {
            throw new IllegalArgumentException("errand.identity.verifications-per-second must be at least 1");
        }
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
