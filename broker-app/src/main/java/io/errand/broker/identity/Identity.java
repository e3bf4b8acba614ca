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
 * @param client of a person's token, whose client the person used, where its issuer says so
 * @param runtime where it runs, as the issuer's claims have it
 * @param expiresAt the token's own end
 */
public record Identity(
        String issuer,
        IssuerPurpose purpose,
        String subject,
        Map<String, Object> claims,
        Optional<String> client,
        WorkloadRuntime runtime,
        Instant expiresAt) {

    /** Its issuer's name, which has no colon, and its subject, for what is kept of who showed themselves. */
    public String named() {
        return issuer + ":" + subject;
    }

    /**
     * Where a workload runs, for policy.
     *
     * @param environment as its issuer calls it; empty: nobody said
     * @param isolated only if its issuer said so
     */
    public record WorkloadRuntime(Optional<String> environment, boolean isolated) {

        public static final WorkloadRuntime UNKNOWN = new WorkloadRuntime(Optional.empty(), false);
    }
}
