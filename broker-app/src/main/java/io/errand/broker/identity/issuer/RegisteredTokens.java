package io.errand.broker.identity.issuer;

import io.errand.broker.database.RegistryVersion;
import io.errand.broker.identity.AssertionType;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.NumericDate;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.Verification.Verified;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.IdentityTokens;
import io.errand.broker.identity.jwt.Replays;
import io.errand.broker.identity.jwt.TokenRules;
import io.errand.broker.identity.jwt.TrustedIssuer;
import io.errand.broker.shared.ErrandProperties;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.springframework.stereotype.Component;

/** Tokens of registered issuers. */
@Component
class RegisteredTokens implements IdentityTokens {

    private final TrustedIssuers issuers;
    private final TokenRules rules;
    private final Replays replays;
    private final Allowances allowances;
    private final X509Svids certificates;
    private final RegistryVersion registryVersion;
    private final String adminAudience;
    private final String ourselves;

    RegisteredTokens(
            TrustedIssuers issuers,
            TokenRules rules,
            Replays replays,
            Allowances allowances,
            X509Svids certificates,
            RegistryVersion registryVersion,
            ErrandProperties errand) {
        this.issuers = issuers;
        this.rules = rules;
        this.replays = replays;
        this.allowances = allowances;
        this.certificates = certificates;
        this.registryVersion = registryVersion;
        this.adminAudience = errand.adminAudience();
        this.ourselves = errand.issuer();
    }

    @Override
    public Verification verify(String token, TokenType type, Set<IssuerPurpose> purposes) {
        return switch (CompactJws.read(token)) {
            case CompactJws.Unreadable(Rejected why) -> why;
            case CompactJws.Read(CompactJws jws) -> verify(jws, type, purposes, TrustedIssuer::singleUse);
        };
    }

    @Override
    public Verification look(String token, TokenType type, Set<IssuerPurpose> purposes) {
        return switch (CompactJws.read(token)) {
            case CompactJws.Unreadable(Rejected why) -> why;
            case CompactJws.Read(CompactJws jws) -> verify(jws, type, purposes, issuer -> false);
        };
    }

    @Override
    public Verification verifyAssertion(String assertion, AssertionType type) {
        return switch (CompactJws.read(assertion)) {
            case CompactJws.Unreadable(Rejected why) -> why;
            case CompactJws.Read(CompactJws jws) ->
                switch (known(jws, EnumSet.of(IssuerPurpose.WORKLOAD))) {
                    case Stranger(Rejected why) -> why;
                    case Known(TrustedIssuer issuer) ->
                        assertion(jws, type, issuer)
                                .<Verification>map(refusal -> refusal)
                                .orElseGet(() -> once(
                                        jws,
                                        TokenType.JWT,
                                        issuer,
                                        issuer.singleUse() || type == AssertionType.JWT_BEARER));
                };
        };
    }

    @Override
    public Optional<Verification> verifyCertificate(List<X509Certificate> chain) {
        return certificates.verify(chain);
    }

    @Override
    public Verification verifyGrant(String assertion) {
        return switch (CompactJws.read(assertion)) {
            case CompactJws.Unreadable(Rejected why) -> why;
            case CompactJws.Read(CompactJws jws) ->
                verify(jws, TokenType.ID_JAG, EnumSet.of(IssuerPurpose.PERSON), issuer -> false);
        };
    }

    private static boolean isForUsAlone(TokenType type, TrustedIssuer issuer) {
        return type == TokenType.ID_JAG || issuer.purpose() == IssuerPurpose.ERRAND;
    }

    private Optional<Rejected> forUsAlone(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        Object aud = jws.claims().get("aud");
        if (!ourselves.equals(aud) && !List.of(ourselves).equals(aud)) {
            return Optional.of(
                    Reason.AUDIENCE_MISMATCH.because(issuer.name(), "aud " + aud + " is not " + ourselves + " alone"));
        }
        if (type == TokenType.ID_JAG && !issuer.idJag()) {
            return Optional.of(
                    Reason.ISSUER_PURPOSE.because(issuer.name(), "The issuer's resource has no id_jag: true"));
        }
        return rules.refusal(jws, type, issuer.meant(ourselves));
    }

    private Optional<Rejected> assertion(CompactJws jws, AssertionType type, TrustedIssuer issuer) {
        if ((type == AssertionType.JWT_SPIFFE) != (issuer.trustDomain() != null)) {
            return Optional.of(Reason.ASSERTION_TYPE.because(
                    issuer.name(), "A JWT-SVID is of type jwt-spiffe, and nothing else is"));
        }
        Object aud = jws.claims().get("aud");
        return ourselves.equals(aud) || List.of(ourselves).equals(aud)
                ? rules.assertionRefusal(jws, issuer.meant(ourselves))
                        .or(() -> issuer.reviews().refusal(jws, issuer.meant(ourselves)))
                : Optional.of(Reason.ASSERTION_AUDIENCE.because(
                        issuer.name(), "aud " + aud + " is not " + ourselves + " alone"));
    }

    private Verification verify(
            CompactJws jws, TokenType type, Set<IssuerPurpose> purposes, Predicate<TrustedIssuer> isUsedUp) {
        return switch (known(jws, purposes)) {
            case Stranger(Rejected why) -> why;
            case Known(TrustedIssuer issuer) ->
                (isForUsAlone(type, issuer) ? forUsAlone(jws, type, issuer) : rules.refusal(jws, type, issuer))
                        .or(() -> administrators(jws, issuer))
                        .or(() -> issuer.reviews().refusal(jws, issuer))
                        .<Verification>map(refusal -> refusal)
                        .orElseGet(() -> once(jws, type, issuer, isUsedUp.test(issuer)));
        };
    }

    private sealed interface Sender {}

    private record Known(TrustedIssuer issuer) implements Sender {}

    private record Stranger(Rejected why) implements Sender {}

    private Sender known(CompactJws jws, Set<IssuerPurpose> purposes) {
        Optional<TrustedIssuer> found = issuers.of(jws);
        if (found.isEmpty()) {
            return new Stranger(Reason.ISSUER_UNKNOWN.because(
                    "No registered issuer has iss " + jws.claims().get("iss") + " or the trust domain of sub "
                            + jws.claims().get("sub")));
        }
        TrustedIssuer issuer = found.get();
        if (!purposes.contains(issuer.purpose())) {
            return new Stranger(Reason.ISSUER_PURPOSE.because(
                    issuer.name(), "The issuer's purpose is " + issuer.purpose() + ", which is not meant here"));
        }
        return allowances.mayVerify(issuer)
                ? new Known(issuer)
                : new Stranger(
                        Reason.ISSUER_TOO_BUSY.because(
                                issuer.name(),
                                "More tokens of the issuer came within a second than errand.identity.verifications-per-second"));
    }

    /** An administrator's token is for the admin API alone, whatever else it names. */
    private Optional<Rejected> administrators(CompactJws jws, TrustedIssuer issuer) {
        Object aud = jws.claims().get("aud");
        return adminAudience.equals(aud) || (aud instanceof List<?> several && several.contains(adminAudience))
                ? Optional.of(Reason.AUDIENCE_ADMIN.because(issuer.name(), "aud names the administrators' audience"))
                : Optional.empty();
    }

    private Verification once(CompactJws jws, TokenType type, TrustedIssuer issuer, boolean singleUse) {
        Identity identity = identity(jws, issuer, type);
        if (singleUse) {
            registryVersion.settle();
        }
        return singleUse && !replays.isFirst(issuer, jws, identity.expiresAt())
                ? Reason.REPLAYED.because(issuer.name(), "It is accepted once, and was seen before")
                : new Verified(identity);
    }

    /** After the rules: there is a subject, and {@code exp} is a time. */
    static Identity identity(CompactJws jws, TrustedIssuer issuer, TokenType type) {
        return new Identity(
                issuer.name(),
                issuer.purpose(),
                issuer.mapping().subject(jws.claims()).orElseThrow(),
                jws.claims(),
                issuer.mapping().client(jws.claims(), type),
                issuer.mapping().runtime(jws.claims()),
                Instant.ofEpochSecond(NumericDate.of(jws.claims().get("exp")).orElseThrow()));
    }
}
