package io.errand.broker.identity.admin;

import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.issuer.FetchedKeys;
import io.errand.broker.identity.issuer.KeySetClient;
import io.errand.broker.identity.issuer.TrustedIssuers;
import io.errand.broker.identity.jwt.ClaimMapping;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.TokenReviews;
import io.errand.broker.identity.jwt.TokenRules;
import io.errand.broker.identity.jwt.TrustedIssuer;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Person;
import java.time.Clock;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Tokens of the one issuer that {@code errand.admin.*} names. */
@Component
class ConfiguredAdministrators implements AdministratorTokens {

    private static final Set<String> ROLES =
            Set.of(Role.ADMIN, Role.OPERATOR, Role.APPROVER, Role.AUDITOR, Role.PEP, Role.INTROSPECT, Role.RECEIVER);

    private static final Set<String> PEOPLE = Set.of(Role.ADMIN, Role.OPERATOR, Role.APPROVER);

    private final Optional<TrustedIssuer> issuer;
    private final TokenRules rules;
    private final JdbcClient jdbc;
    private final String groupsClaim;

    ConfiguredAdministrators(
            AdminProperties admin,
            ErrandProperties errand,
            IdentityProperties limits,
            KeySetClient client,
            TokenRules rules,
            JdbcClient jdbc,
            Clock clock) {
        this.issuer = issuer(admin, errand, limits, client, clock);
        this.rules = rules;
        this.jdbc = jdbc;
        this.groupsClaim = Objects.requireNonNullElse(admin.groupsClaim(), "groups");
    }

    @Override
    public Standing verify(String bearer) {
        return verify(bearer, TokenType.ACCESS_TOKEN, UnaryOperator.identity());
    }

    @Override
    public Standing verifyIdToken(String idToken, String clientId) {
        return verify(idToken, TokenType.ID_TOKEN, trusted -> trusted.meant(clientId));
    }

    private Standing verify(String token, TokenType type, UnaryOperator<TrustedIssuer> meaning) {
        return switch (CompactJws.read(token)) {
            case CompactJws.Unreadable(Rejected why) -> new Stranger(why);
            case CompactJws.Read(CompactJws jws) ->
                issuer.filter(trusted -> trusted.iss().equals(jws.claims().get("iss")))
                        .map(trusted -> verify(jws, type, meaning.apply(trusted)))
                        .orElseGet(() ->
                                new Stranger(Reason.ISSUER_UNKNOWN.because("The administrators' issuer has not iss "
                                        + jws.claims().get("iss"))));
        };
    }

    private Standing verify(CompactJws jws, TokenType type, TrustedIssuer trusted) {
        return rules.refusal(jws, type, trusted)
                .or(() -> type == TokenType.ID_TOKEN ? otherParty(jws, trusted) : Optional.empty())
                .<Standing>map(Stranger::new)
                .orElseGet(() -> {
                    Set<String> roles = roles(jws);
                    return new Administrator(person(jws, trusted, roles), roles);
                });
    }

    /** OIDC Core §3.1.3.7: an audience among several is not yet whom it was issued to. */
    private static Optional<Rejected> otherParty(CompactJws jws, TrustedIssuer trusted) {
        Object party = jws.claims().get("azp");
        boolean ours = party == null
                ? !(jws.claims().get("aud") instanceof List<?> several) || several.size() == 1
                : trusted.audiences().equals(Set.of(party));
        return ours
                ? Optional.empty()
                : Optional.of(Reason.AUDIENCE_MISMATCH.because(
                        trusted.name(), "azp " + party + " is not " + trusted.audiences() + ", which alone it may be"));
    }

    private Person person(CompactJws jws, TrustedIssuer trusted, Set<String> roles) {
        String subject = String.valueOf(jws.claims().get("sub"));
        Set<String> identities = new HashSet<>(Set.of(trusted.name() + ":" + subject));
        // A machine decides nothing, and asks often.
        if (!Collections.disjoint(roles, PEOPLE)) {
            // Index: issuer_issuer_key (unique).
            jdbc.sql("SELECT name FROM issuer WHERE issuer = :iss")
                    .param("iss", trusted.iss())
                    .query(String.class)
                    .optional()
                    .ifPresent(same -> identities.add(same + ":" + subject));
        }
        Set<String> aliases = new HashSet<>(Set.of(subject));
        for (String claim : List.of("email", "preferred_username")) {
            if (jws.claims().get(claim) instanceof String alias) {
                aliases.add(alias);
            }
        }
        return new Person("person:" + trusted.name() + ":" + subject, identities, aliases, texts(jws, groupsClaim));
    }

    private static Set<String> roles(CompactJws jws) {
        return texts(jws, "roles").stream().filter(ROLES::contains).collect(Collectors.toUnmodifiableSet());
    }

    /** Anything but an array of text gives nothing at all. */
    private static Set<String> texts(CompactJws jws, String claim) {
        return jws.claims().get(claim) instanceof List<?> texts
                        && texts.stream().allMatch(String.class::isInstance)
                ? texts.stream().map(String::valueOf).collect(Collectors.toUnmodifiableSet())
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
                new FetchedKeys(source, limits, clock),
                false,
                TokenReviews.NONE));
    }
}
