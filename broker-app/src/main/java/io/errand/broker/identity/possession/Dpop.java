package io.errand.broker.identity.possession;

import io.errand.api.Sha256;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.NumericDate;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.jwt.Algorithm;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.Replays;
import io.errand.broker.identity.jwt.TokenRules;
import io.errand.broker.identity.jwt.VerificationKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * RFC 9449 §4.3, one rule a method, in the order in which they are asked. The framework's verifier is not used: it remembers
 * {@code jti} in the memory of one replica, knows no nonces, and reads proofs without our limits.
 */
@Component
class Dpop implements PossessionProofs {

    /** Seconds that a proof may have been on its way. */
    private static final long MAX_AGE = 120;

    private static final int MAX_ID = 255;

    private final Nonces nonces;
    private final Replays replays;
    private final boolean withNonces;
    private final InstantSource clock;

    Dpop(Nonces nonces, Replays replays, DpopProperties properties, Clock clock) {
        this.nonces = nonces;
        this.replays = replays;
        this.withNonces = properties.nonces();
        this.clock = clock;
    }

    @Override
    public Shown check(Possession possession, @Nullable String accessToken) {
        if (possession.proofs().isEmpty()) {
            return new Shown.Nothing();
        }
        if (possession.proofs().size() > 1) {
            return wrong(Reason.PROOF_NUMBER.because("There are several DPoP headers."));
        }
        return switch (CompactJws.readProof(possession.proofs().getFirst())) {
            case CompactJws.Unreadable(Rejected why) -> wrong(why);
            case CompactJws.Read(CompactJws jws) -> check(jws, possession, accessToken);
        };
    }

    private Shown check(CompactJws jws, Possession possession, @Nullable String accessToken) {
        Map<String, Object> jwk = jws.jwk();
        Optional<DpopKey> key = jwk == null ? Optional.empty() : DpopKey.of(jwk);
        if (key.isEmpty()) {
            return wrong(Reason.PROOF_KEY.because("jwk is absent, symmetric, private, or no key that signs here."));
        }
        Optional<Rejected> refusal = Stream.<Supplier<Optional<Rejected>>>of(
                        () -> type(jws),
                        () -> signature(jws, key.get().key()),
                        () -> method(jws, possession),
                        () -> target(jws, possession),
                        () -> time(jws),
                        () -> id(jws),
                        () -> accessToken == null ? Optional.empty() : token(jws, accessToken))
                .flatMap(rule -> rule.get().stream())
                .findFirst();
        if (refusal.isPresent()) {
            return wrong(refusal.get());
        }
        // Last, so that nobody is sent away for a nonce with a proof that would be refused anyway.
        if (withNonces && !(jws.claims().get("nonce") instanceof String nonce && nonces.isAccepted(nonce))) {
            return new Shown.NonceMissing("The proof has no nonce of the last minutes.");
        }
        return new Shown.Proof(
                new KeyBinding(KeyBinding.Method.DPOP, key.get().thumbprint()),
                String.valueOf(jws.claims().get("jti")),
                Instant.ofEpochSecond(NumericDate.of(jws.claims().get("iat")).orElseThrow() + MAX_AGE));
    }

    @Override
    public boolean isFirst(Shown.Proof proof) {
        return replays.isFirstOfKey(proof.keyBinding().thumbprint(), proof.jti(), proof.until());
    }

    @Override
    public Optional<KeyBinding> certificate(Possession possession) {
        return possession.certificates().stream().findFirst().map(Dpop::bound);
    }

    @Override
    public String nonce() {
        return nonces.current();
    }

    private static Optional<Rejected> type(CompactJws jws) {
        String typ = jws.typ() == null ? "" : jws.typ().toLowerCase(Locale.ROOT);
        return typ.equals("dpop+jwt") || typ.equals("application/dpop+jwt")
                ? Optional.empty()
                : refuse(Reason.PROOF_TYPE, "typ " + typ + " is not dpop+jwt");
    }

    private static Optional<Rejected> signature(CompactJws jws, VerificationKey key) {
        Optional<Algorithm> algorithm =
                Algorithm.of(jws.alg()).filter(known -> ALGORITHMS.contains(known.wire()) && key.fits(known));
        if (algorithm.isEmpty()) {
            return refuse(Reason.ALGORITHM_REFUSED, "alg " + jws.alg() + " is not on the list, or not of the key");
        }
        return algorithm.get().verifies(key.key(), jws.signed(), jws.signature())
                ? Optional.empty()
                : refuse(Reason.SIGNATURE_INVALID, "The signature is not by the key in jwk");
    }

    private static Optional<Rejected> method(CompactJws jws, Possession possession) {
        return possession.method().equals(jws.claims().get("htm"))
                ? Optional.empty()
                : refuse(Reason.PROOF_METHOD, "htm is not " + possession.method());
    }

    private static Optional<Rejected> target(CompactJws jws, Possession possession) {
        Optional<TargetUri> meant =
                jws.claims().get("htu") instanceof String htu ? TargetUri.of(htu) : Optional.empty();
        return meant.isPresent() && meant.equals(TargetUri.of(possession.target()))
                ? Optional.empty()
                : refuse(Reason.PROOF_TARGET, "htu is not " + possession.target());
    }

    private Optional<Rejected> time(CompactJws jws) {
        long now = clock.instant().getEpochSecond();
        return NumericDate.of(jws.claims().get("iat"))
                        .filter(iat -> iat > now - MAX_AGE && iat <= now + TokenRules.SKEW)
                        .isPresent()
                ? Optional.empty()
                : refuse(Reason.PROOF_TIME, "iat " + jws.claims().get("iat") + " is not now");
    }

    private static Optional<Rejected> id(CompactJws jws) {
        return jws.claims().get("jti") instanceof String jti && !jti.isBlank() && jti.length() <= MAX_ID
                ? Optional.empty()
                : refuse(Reason.PROOF_ID, "jti is not 1 to " + MAX_ID + " characters of text");
    }

    private static Optional<Rejected> token(CompactJws jws, String accessToken) {
        return sha256(accessToken.getBytes(StandardCharsets.US_ASCII))
                        .equals(jws.claims().get("ath"))
                ? Optional.empty()
                : refuse(Reason.PROOF_OF_ANOTHER_TOKEN, "ath is absent, or of another token");
    }

    private static KeyBinding bound(X509Certificate certificate) {
        try {
            return new KeyBinding(KeyBinding.Method.CERTIFICATE, sha256(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // TLS has read it from these bytes
        }
    }

    private static String sha256(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(bytes));
    }

    private static Optional<Rejected> refuse(Reason reason, String detail) {
        return Optional.of(reason.because(detail));
    }

    private static Shown.Wrong wrong(Rejected why) {
        return new Shown.Wrong(why.reason(), why.detail());
    }
}
