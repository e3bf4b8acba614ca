package io.errand.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Tokens of the two development issuers: workloads and people.
 *
 * @param base the issuers' common address
 */
public record DevelopmentTokens(DevelopmentKey key, String base, Clock clock) {

    /** The audience that the broker's registered issuers ask for. */
    public static final String AUDIENCE = "errand";

    private static final Duration ADMIN_TTL = Duration.ofMinutes(5);

    public String workloads() {
        return base + "/workloads";
    }

    public String people() {
        return base + "/people";
    }

    /** What an administrator shows to the broker whose issuer identifier this is. */
    public String administrator(String subject, String errandIssuer, List<String> roles) {
        return administrator(subject, errandIssuer, roles, List.of());
    }

    /** @param groups of the organization, which approvals ask for */
    public String administrator(String subject, String errandIssuer, List<String> roles, List<String> groups) {
        Map<String, Object> claims = Map.of("roles", roles, "groups", groups);
        return token(people(), subject, adminAudience(errandIssuer), ADMIN_TTL, claims);
    }

    public static String adminAudience(String errandIssuer) {
        return errandIssuer + "/admin";
    }

    /** @param claims further ones, which also replace those made here */
    public String token(String issuer, String subject, String audience, Duration ttl, Map<String, Object> claims) {
        Instant now = clock.instant();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("iss", issuer);
        all.put("sub", subject);
        all.put("aud", audience);
        all.put("iat", now.getEpochSecond());
        all.put("exp", now.plus(ttl).getEpochSecond());
        all.put("jti", UUID.randomUUID().toString());
        all.putAll(claims);
        return key.sign(all);
    }
}
