package io.errand.broker.identity;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Who a verified token speaks for.
 *
 * @param issuer the registered issuer's name
 * @param subject the token's {@code sub}, or what the issuer's template made of its claims
 * @param claims all claims as JSON values, read only
 * @param runtime where it runs, as the issuer's claims have it
 * @param expiresAt the token's own end
 */
public record Identity(
        String issuer,
        IssuerPurpose purpose,
        String subject,
        Map<String, Object> claims,
        WorkloadRuntime runtime,
        Instant expiresAt) {

    /**
     * Where a workload runs, for policy.
     *
     * @param environment as its issuer calls it; empty: nobody said
     * @param isolated only if its issuer said so
     */
    public record WorkloadRuntime(Optional<String> environment, boolean isolated) {

        static final WorkloadRuntime UNKNOWN = new WorkloadRuntime(Optional.empty(), false);
    }
}
