package io.errand.broker.identity;

import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.shared.ErrandProperties;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Tokens of the one issuer that {@code errand.admin.*} names. */
@Component
class ConfiguredAdministrators implements AdministratorTokens {

    private static final Set<String> ROLES =
            Set.of(Role.ADMIN, Role.OPERATOR, Role.APPROVER, Role.AUDITOR, Role.PEP, Role.INTROSPECT);

    private final Optional<TrustedIssuer> issuer;
    private final TokenRules rules;

    ConfiguredAdministrators(
            AdminProperties admin,
            ErrandProperties errand,
            IdentityProperties limits,
            KeySetClient client,
            TokenRules rules,
            Clock clock) {
        this.issuer = issuer(admin, errand, limits, client, clock);
        this.rules = rules;
    }

    @Override
    public Standing verify(String bearer) {
        return switch (CompactJws.read(bearer)) {
            case CompactJws.Unreadable(Rejected why) -> new Stranger(why);
            case CompactJws.Read(CompactJws jws) ->
                issuer.filter(trusted -> trusted.iss().equals(jws.claims().get("iss")))
                        .map(trusted -> verify(jws, trusted))
                        .orElseGet(() ->
                                new Stranger(Reason.ISSUER_UNKNOWN.because("The administrators' issuer has not iss "
                                        + jws.claims().get("iss"))));
        };
    }

    private Standing verify(CompactJws jws, TrustedIssuer trusted) {
        return rules.refusal(jws, TokenType.ACCESS_TOKEN, trusted)
                .<Standing>map(Stranger::new)
                .orElseGet(() -> new Administrator(
                        "person:" + trusted.name() + ":" + jws.claims().get("sub"), roles(jws)));
    }

    /** Anything but an array of text gives no role at all. */
    private static Set<String> roles(CompactJws jws) {
        return jws.claims().get("roles") instanceof List<?> roles
                        && roles.stream().allMatch(String.class::isInstance)
                ? roles.stream().map(String::valueOf).filter(ROLES::contains).collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }

    private static Optional<TrustedIssuer> issuer(
            AdminProperties admin,
            ErrandProperties errand,
            IdentityProperties limits,
            KeySetClient client,
            Clock clock) {
        String iss = admin.issuer();
        String name = admin.name();
        if (iss == null || name == null) {
            return Optional.empty();
        }
        String uri = admin.jwksUri();
        KeySource source = uri == null ? () -> client.discover(iss) : () -> client.keys(uri);
        return Optional.of(new TrustedIssuer(
                name,
                iss,
                null,
                Set.of(errand.adminAudience()),
                TrustedIssuers.algorithms(admin.algorithms()),
                Optional.ofNullable(admin.maxTokenAge()).orElse(TrustedIssuer.DEFAULT_MAX_TOKEN_AGE),
                false,
                IssuerPurpose.PERSON,
                ClaimMapping.NONE,
                new KeySet(source, limits, clock)));
    }
}
