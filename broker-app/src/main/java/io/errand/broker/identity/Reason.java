package io.errand.broker.identity;

import io.errand.broker.identity.Verification.Rejected;
import java.util.Locale;

/** Why a token is not trusted; the names are stable, in lower case, in {@link Rejected#reason()}. */
public enum Reason {
    TOKEN_TOO_LARGE,
    TOKEN_MALFORMED,
    TOKEN_ENCRYPTED,
    HEADER_MALFORMED,
    HEADER_CRITICAL,
    HEADER_COMPRESSED,
    HEADER_KEY,
    CLAIMS_MALFORMED,
    CLAIMS_CONTRADICT,
    ISSUER_UNKNOWN,
    ISSUER_PURPOSE,
    ISSUER_TOO_BUSY,
    ALGORITHM_REFUSED,
    TYPE_MISMATCH,
    KEYS_UNAVAILABLE,
    KEY_UNKNOWN,
    KEY_MISMATCH,
    SIGNATURE_INVALID,
    AUDIENCE_MISMATCH,
    AUDIENCE_ADMIN,
    EXPIRY_INVALID,
    EXPIRED,
    NOT_YET_VALID,
    LIFETIME_TOO_LONG,
    SUBJECT_INVALID,
    TOKEN_REVIEW,
    TOKEN_REVIEW_UNAVAILABLE,
    STATUS_ENDED,
    STATUS_INVALID,
    STATUS_UNAVAILABLE,
    TOKEN_ID_INVALID,
    REPLAYED,
    CERTIFICATE_INVALID,
    ASSERTION_AUDIENCE,
    ASSERTION_TYPE,
    PROOF_NUMBER,
    PROOF_TYPE,
    PROOF_KEY,
    PROOF_METHOD,
    PROOF_TARGET,
    PROOF_TIME,
    PROOF_ID,
    PROOF_OF_ANOTHER_TOKEN,
    PROOF_NONCE,
    PROOF_REPLAYED;

    private static final int MOST = 300;

    /** A refusal before it is clear whose token it is. */
    public Rejected because(String detail) {
        return new Rejected(wire(), capped(detail), null);
    }

    /** @param issuer the name of the one that the token says it is of */
    public Rejected because(String issuer, String detail) {
        return new Rejected(wire(), capped(detail), issuer);
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Details quote what a stranger sent: never more than a line of it, and never half of a surrogate pair. */
    private static String capped(String detail) {
        if (detail.length() <= MOST) {
            return detail;
        }
        int end = Character.isHighSurrogate(detail.charAt(MOST - 1)) ? MOST - 1 : MOST;
        return detail.substring(0, end) + "…";
    }
}
