package io.errand.broker.identity.jwt;

import io.errand.broker.crypto.ValidSignatures;
import io.errand.broker.identity.NumericDate;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.shared.Names;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** What a token of a known issuer must satisfy, one rule a method, in the order in which they are asked. */
@Component
public class TokenRules {

    /** Seconds by which an issuer's clock may differ from ours. */
    public static final long SKEW = 60;

    /** Claims that only ID tokens have (OIDC Core §3.1.3.6, §3.3.2.11). */
    private static final List<String> ID_TOKEN_CLAIMS = List.of("at_hash", "c_hash");

    /** Claims that say what may be done with an access token (RFC 9068 §2.2.3); an ID token has none. */
    private static final List<String> ACCESS_TOKEN_CLAIMS = List.of("scope", "scp");

    /** Keycloak says in a claim what a token is, since all of its headers say {@code JWT}. */
    private static final Set<String> ACCESS_TOKEN_KINDS = Set.of("Bearer", "DPoP");

    /** The header {@code typ} of an ID-JAG, and what each has (Identity Assertion JWT Authorization Grant, draft -05). */
    private static final String ID_JAG = "oauth-id-jag+jwt";

    private static final List<String> ID_JAG_CLAIMS = List.of("client_id", "jti", "iat");

    private final InstantSource clock;
    private final ValidSignatures lately = new ValidSignatures();

    TokenRules(java.time.Clock clock) {
        this.clock = clock;
    }

    @FunctionalInterface
    private interface Rule {
        Optional<Rejected> ask(CompactJws jws, TokenType type, TrustedIssuer issuer);
    }

    public Optional<Rejected> refusal(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        return refusal(TokenRules::header, jws, type, issuer);
    }

    /** Of a client assertion, which may say in {@code typ} that it is one (RFC 10070). */
    public Optional<Rejected> assertionRefusal(CompactJws jws, TrustedIssuer issuer) {
        return refusal(TokenRules::assertionHeader, jws, TokenType.JWT, issuer);
    }

    /** Of a status list of the issuer, apart from what is in it and how old it is. */
    public Optional<Rejected> statusListRefusal(CompactJws jws, TrustedIssuer issuer) {
        return typ(jws).equals("statuslist+jwt")
                ? signature(jws, TokenType.JWT, issuer)
                : refuse(Reason.TYPE_MISMATCH, issuer, "typ " + typ(jws) + " is no status list");
    }

    /**
     * Of a Security Event Token as the Shared Signals Framework has it (SSF 1.0 §4.1): {@code typ} of its own, no {@code sub}, and
     * {@code iat} and {@code jti} instead of an end.
     */
    public Optional<Rejected> securityEventRefusal(CompactJws jws, TrustedIssuer transmitter) {
        List<Rule> rules = List.of(
                TokenRules::securityEventHeader,
                TokenRules::issuer,
                this::signature,
                TokenRules::audience,
                this::issuedLately,
                TokenRules::securityEventClaims);
        for (Rule rule : rules) {
            Optional<Rejected> refusal = rule.ask(jws, TokenType.JWT, transmitter);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejected> securityEventHeader(CompactJws jws, TokenType type, TrustedIssuer transmitter) {
        return typ(jws).equals("secevent+jwt")
                ? Optional.empty()
                : refuse(Reason.TYPE_MISMATCH, transmitter, "typ " + typ(jws) + " is no security event");
    }

    private static Optional<Rejected> issuer(CompactJws jws, TokenType type, TrustedIssuer transmitter) {
        return transmitter.iss().equals(jws.claims().get("iss"))
                ? Optional.empty()
                : refuse(
                        Reason.ISSUER_UNKNOWN,
                        transmitter,
                        "iss " + jws.claims().get("iss") + " is not " + transmitter.iss());
    }

    /** It has no end, so that its age is all that says how long its {@code jti} is to be remembered. */
    private Optional<Rejected> issuedLately(CompactJws jws, TokenType type, TrustedIssuer transmitter) {
        Optional<Long> iat = seconds(jws, "iat");
        if (iat.isEmpty() || iat.get() > now() + SKEW) {
            return refuse(
                    Reason.NOT_YET_VALID,
                    transmitter,
                    "iat " + jws.claims().get("iat") + " is in the future or no time");
        }
        return iat.get() + transmitter.maxTokenAge().toSeconds() + SKEW < now()
                ? refuse(
                        Reason.EXPIRED,
                        transmitter,
                        "It was issued at " + Instant.ofEpochSecond(iat.get()) + ", longer ago than "
                                + transmitter.maxTokenAge())
                : jws.claims().containsKey("exp") ? expiry(jws, type, transmitter) : Optional.empty();
    }

    private static Optional<Rejected> securityEventClaims(CompactJws jws, TokenType type, TrustedIssuer transmitter) {
        if (!(jws.claims().get("jti") instanceof String jti) || jti.isBlank()) {
            return refuse(Reason.TOKEN_ID_INVALID, transmitter, "jti is no text");
        }
        return jws.claims().containsKey("sub")
                ? refuse(Reason.SUBJECT_INVALID, transmitter, "It has sub, which is of tokens; its subject is sub_id")
                : Optional.empty();
    }

    private Optional<Rejected> refusal(Rule header, CompactJws jws, TokenType type, TrustedIssuer issuer) {
        List<Rule> rules = List.of(
                header,
                TokenRules::kind,
                this::signature,
                TokenRules::audience,
                this::expiry,
                this::beginning,
                this::lifetime,
                TokenRules::agreement,
                TokenRules::subject,
                TokenRules::mapping,
                TokenRules::tokenId);
        for (Rule rule : rules) {
            Optional<Rejected> refusal = rule.ask(jws, type, issuer);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    /** RFC 8725 §3.11: {@code typ} tells kinds of JWT apart; ours and those of other purposes are none of the three. */
    private static Optional<Rejected> header(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        String bare = typ(jws);
        boolean fits = switch (bare) {
            case "jwt" -> type != TokenType.ID_JAG;
            case "jose" -> issuer.trustDomain() != null; // JWT-SVID §2.3
            case "at+jwt" -> type == TokenType.JWT || type == TokenType.ACCESS_TOKEN;
            case ID_JAG -> type == TokenType.ID_JAG;
            default -> false;
        };
        return fits ? Optional.empty() : refuse(Reason.TYPE_MISMATCH, issuer, "typ " + bare + " is no " + type.urn());
    }

    private static Optional<Rejected> assertionHeader(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        return switch (typ(jws)) {
            case "client-authentication+jwt" -> Optional.empty();
            case "at+jwt" -> refuse(Reason.TYPE_MISMATCH, issuer, "An access token is no client assertion");
            default -> header(jws, type, issuer);
        };
    }

    private static String typ(CompactJws jws) {
        String typ = jws.typ() == null ? "jwt" : jws.typ().toLowerCase(Locale.ROOT);
        return typ.startsWith("application/") ? typ.substring("application/".length()) : typ;
    }

    /** A token that is presented as what it is not; {@code jwt} claims nothing about it but that it is for identification. */
    private static Optional<Rejected> kind(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        Map<String, Object> claims = jws.claims();
        Object typ = claims.get("typ");
        boolean isIdToken = "ID".equals(typ) || ID_TOKEN_CLAIMS.stream().anyMatch(claims::containsKey);
        boolean isAccessToken = (typ instanceof String kind && ACCESS_TOKEN_KINDS.contains(kind))
                || ACCESS_TOKEN_CLAIMS.stream().anyMatch(claims::containsKey);
        boolean isOther = typ instanceof String kind && !"ID".equals(kind) && !ACCESS_TOKEN_KINDS.contains(kind);
        boolean lies = switch (type) {
            case JWT -> isOther;
            case ID_TOKEN -> isOther || isAccessToken;
            case ACCESS_TOKEN -> isOther || isIdToken;
            case ID_JAG -> isOther || isIdToken || !ID_JAG_CLAIMS.stream().allMatch(claims::containsKey);
        };
        return lies ? refuse(Reason.TYPE_MISMATCH, issuer, "The claims are not of a " + type.urn()) : Optional.empty();
    }

    private Optional<Rejected> signature(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        Optional<Algorithm> algorithm = Algorithm.of(jws.alg()).filter(issuer.algorithms()::contains);
        if (algorithm.isEmpty()) {
            return refuse(Reason.ALGORITHM_REFUSED, issuer, "alg " + jws.alg() + " is not on the issuer's list");
        }
        return switch (issuer.keys().find(jws.kid())) {
            case KeySet.Unavailable(String cause) -> refuse(Reason.KEYS_UNAVAILABLE, issuer, cause);
            case KeySet.Known(List<VerificationKey> keys)
            when keys.isEmpty() -> refuse(Reason.KEY_UNKNOWN, issuer, "The issuer has no key " + jws.kid());
            case KeySet.Known(List<VerificationKey> keys) -> signedBy(keys, algorithm.get(), jws, issuer);
        };
    }

    /** One key alone is tried: without a {@code kid}, a set with several leaves it open whose signature it is. */
    private Optional<Rejected> signedBy(
            List<VerificationKey> keys, Algorithm algorithm, CompactJws jws, TrustedIssuer issuer) {
        List<VerificationKey> fitting =
                keys.stream().filter(key -> key.fits(algorithm)).toList();
        // A key that stands there twice is one.
        if (fitting.stream().map(VerificationKey::key).distinct().count() != 1) {
            return refuse(
                    Reason.KEY_MISMATCH,
                    issuer,
                    "kid " + jws.kid() + " names " + fitting.size() + " keys for " + algorithm.wire());
        }
        PublicKey key = fitting.getFirst().key();
        return lately.isValid(
                        () -> algorithm.verifies(key, jws.signed(), jws.signature()),
                        algorithm.wire().getBytes(StandardCharsets.US_ASCII),
                        key.getEncoded(),
                        jws.signed(),
                        jws.signature())
                ? Optional.empty()
                : refuse(Reason.SIGNATURE_INVALID, issuer, "The signature is not by key " + jws.kid());
    }

    private static Optional<Rejected> audience(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        boolean names = switch (jws.claims().get("aud")) {
            case String one -> issuer.audiences().contains(one);
            case List<?> several ->
                several.stream().allMatch(String.class::isInstance)
                        && several.stream().anyMatch(issuer.audiences()::contains);
            case null, default -> false;
        };
        return names
                ? Optional.empty()
                : refuse(
                        Reason.AUDIENCE_MISMATCH,
                        issuer,
                        "aud " + jws.claims().get("aud") + " is none of " + issuer.audiences());
    }

    private Optional<Rejected> expiry(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        Optional<Long> exp = seconds(jws, "exp");
        if (exp.isEmpty()) {
            return refuse(Reason.EXPIRY_INVALID, issuer, "exp " + jws.claims().get("exp") + " is no time of this era");
        }
        return exp.get() + SKEW <= now()
                ? refuse(Reason.EXPIRED, issuer, "It expired at " + Instant.ofEpochSecond(exp.get()))
                : Optional.empty();
    }

    private Optional<Rejected> beginning(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        for (String claim : List.of("nbf", "iat")) {
            if (!jws.claims().containsKey(claim)) {
                continue;
            }
            Optional<Long> from = seconds(jws, claim);
            if (from.isEmpty() || from.get() > now() + SKEW) {
                return refuse(
                        Reason.NOT_YET_VALID,
                        issuer,
                        claim + " " + jws.claims().get(claim) + " is in the future or no time");
            }
        }
        return Optional.empty();
    }

    /** Without {@code iat} a token is taken for issued now, which is the mildest that can be said of it. */
    private Optional<Rejected> lifetime(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        long now = now();
        long iat = seconds(jws, "iat").orElse(now);
        long exp = seconds(jws, "exp").orElse(NumericDate.LAST_SECOND);
        long most = issuer.maxTokenAge().toSeconds() + SKEW;
        return exp - iat > most || now - iat > most
                ? refuse(
                        Reason.LIFETIME_TOO_LONG,
                        issuer,
                        "From " + Instant.ofEpochSecond(iat) + " to " + Instant.ofEpochSecond(exp)
                                + " is longer than max_token_age " + issuer.maxTokenAge())
                : Optional.empty();
    }

    private static Optional<Rejected> subject(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        if (!(jws.claims().get("sub") instanceof String sub) || sub.isBlank()) {
            return refuse(Reason.SUBJECT_INVALID, issuer, "sub is no text");
        }
        if (issuer.trustDomain() != null) {
            return SpiffeId.parse(sub)
                            .filter(id -> id.trustDomain().equals(issuer.trustDomain()))
                            .isPresent()
                    ? Optional.empty()
                    : refuse(
                            Reason.SUBJECT_INVALID,
                            issuer,
                            "sub is no workload of trust domain " + issuer.trustDomain());
        }
        if (ServiceAccount.isMeant(jws.claims())) {
            return ServiceAccount.of(jws.claims()).isPresent()
                    ? Optional.empty()
                    : refuse(Reason.SUBJECT_INVALID, issuer, "sub and kubernetes.io are not of one service account");
        }
        return isShort(sub) ? Optional.empty() : tooLong(issuer);
    }

    private static Optional<Rejected> agreement(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        return Contradictions.in(jws.claims(), type, issuer)
                .flatMap(detail -> refuse(Reason.CLAIMS_CONTRADICT, issuer, detail));
    }

    private static Optional<Rejected> mapping(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        Optional<String> subject = issuer.mapping().subject(jws.claims());
        if (subject.isEmpty()) {
            return refuse(
                    Reason.SUBJECT_INVALID,
                    issuer,
                    "A claim of the subject's template is absent, no text, or has a separator of the template in it");
        }
        return isShort(subject.get()) ? Optional.empty() : tooLong(issuer);
    }

    private static boolean isShort(String subject) {
        return subject.getBytes(StandardCharsets.UTF_8).length <= Names.MAX_SUBJECT_BYTES;
    }

    private static Optional<Rejected> tooLong(TrustedIssuer issuer) {
        return refuse(
                Reason.SUBJECT_INVALID, issuer, "The subject is longer than " + Names.MAX_SUBJECT_BYTES + " bytes");
    }

    private static Optional<Rejected> tokenId(CompactJws jws, TokenType type, TrustedIssuer issuer) {
        return !jws.claims().containsKey("jti") || jws.claims().get("jti") instanceof String
                ? Optional.empty()
                : refuse(Reason.TOKEN_ID_INVALID, issuer, "jti is not text");
    }

    private static Optional<Long> seconds(CompactJws jws, String claim) {
        return NumericDate.of(jws.claims().get(claim));
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private static Optional<Rejected> refuse(Reason reason, TrustedIssuer issuer, String detail) {
        return Optional.of(reason.because(issuer.name(), detail));
    }
}
