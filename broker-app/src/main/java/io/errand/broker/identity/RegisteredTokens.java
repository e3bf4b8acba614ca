package io.errand.broker.identity;

import static java.util.Objects.requireNonNull;

import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.Verification.Verified;
import io.errand.broker.shared.ErrandProperties;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** Tokens of registered issuers. */
@Component
class RegisteredTokens implements IdentityTokens {

    private final TrustedIssuers issuers;
    private final TokenRules rules;
    private final Replays replays;
    private final Allowances allowances;
    private final String adminAudience;

    RegisteredTokens(
            TrustedIssuers issuers, TokenRules rules, Replays replays, Allowances allowances, ErrandProperties errand) {
        this.issuers = issuers;
        this.rules = rules;
        this.replays = replays;
        this.allowances = allowances;
        this.adminAudience = errand.adminAudience();
    }

    @Override
    public Verification verify(String token, TokenType type, Set<IssuerPurpose> purposes) {
        return switch (CompactJws.read(token)) {
            case CompactJws.Unreadable(Rejected why) -> why;
            case CompactJws.Read(CompactJws jws) -> verify(jws, type, purposes);
        };
    }

    private Verification verify(CompactJws jws, TokenType type, Set<IssuerPurpose> purposes) {
        Optional<TrustedIssuer> found = issuers.of(jws);
        if (found.isEmpty()) {
            return Reason.ISSUER_UNKNOWN.because(
                    "No registered issuer has iss " + jws.claims().get("iss") + " or the trust domain of sub "
                            + jws.claims().get("sub"));
        }
        TrustedIssuer issuer = found.get();
        if (!purposes.contains(issuer.purpose())) {
            return Reason.ISSUER_PURPOSE.because(
                    issuer, "The issuer's purpose is " + issuer.purpose() + ", which is not meant here");
        }
        if (!allowances.mayVerify(issuer)) {
            return Reason.ISSUER_TOO_BUSY.because(
                    issuer,
                    "More tokens of the issuer came within a second than errand.identity.verifications-per-second");
        }
        return rules.refusal(jws, type, issuer)
                .or(() -> administrators(jws, issuer))
                .<Verification>map(refusal -> refusal)
                .orElseGet(() -> once(jws, issuer));
    }

    /** An administrator's token is for the admin API alone, whatever else it names. */
    private Optional<Rejected> administrators(CompactJws jws, TrustedIssuer issuer) {
        Object aud = jws.claims().get("aud");
        return adminAudience.equals(aud) || (aud instanceof List<?> several && several.contains(adminAudience))
                ? Optional.of(Reason.AUDIENCE_ADMIN.because(issuer, "aud names the administrators' audience"))
                : Optional.empty();
    }

    private Verification once(CompactJws jws, TrustedIssuer issuer) {
        Identity identity = identity(jws, issuer);
        return issuer.singleUse() && !replays.isFirst(issuer, jws, identity.expiresAt())
                ? Reason.REPLAYED.because(issuer, "The issuer's tokens are accepted once, and this one was seen before")
                : new Verified(identity);
    }

    /** After the rules: there is a subject, and {@code exp} is whole seconds. */
    static Identity identity(CompactJws jws, TrustedIssuer issuer) {
        return new Identity(
                issuer.name(),
                issuer.purpose(),
                issuer.mapping().subject(jws.claims()).orElseThrow(),
                jws.claims(),
                issuer.mapping().runtime(jws.claims()),
                Instant.ofEpochSecond(((Number) requireNonNull(jws.claims().get("exp"))).longValue()));
    }
}
