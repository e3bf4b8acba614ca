package io.errand.broker.identity.possession;

import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.Possession;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which keys does the sender of this request hold? DPoP proofs (RFC 9449) and certificates of mutual TLS (RFC 8705). */
public interface PossessionProofs {

    /** {@code alg} of a proof: what metadata and challenges list. */
    List<String> ALGORITHMS = List.of("ES256", "PS256", "RS256", "EdDSA", "Ed25519");

    /**
     * Checks the proof of RFC 9449 §4.3 and remembers nothing: whoever goes on with a {@link Shown.Proof} asks {@link #isFirst} once
     * it knows whose request it is, so that strangers cannot fill the replay table.
     *
     * @param accessToken the token that the proof must name in {@code ath}; null: none is presented
     */
    Shown check(Possession possession, @Nullable String accessToken);

    /** Whether the proof is seen for the first time by any replica. */
    boolean isFirst(Shown.Proof proof);

    /** The client certificate's thumbprint; empty: there is none. */
    Optional<KeyBinding> certificate(Possession possession);

    /** What clients are to put into their next proof. */
    String nonce();

    /** What came of looking at the proof. */
    sealed interface Shown {

        /** There is none. */
        record Nothing() implements Shown {}

        /**
         * A good one.
         *
         * @param jti of the proof
         * @param until how long it would be accepted
         */
        record Proof(KeyBinding keyBinding, String jti, Instant until) implements Shown {}

        /** Good but for its nonce: the client is to repeat with the one that it is given (RFC 9449 §8). */
        record NonceMissing(String detail) implements Shown {}

        /**
         * Not to be trusted.
         *
         * @param reason a stable name for the audit log
         */
        record Wrong(String reason, String detail) implements Shown {}
    }
}
