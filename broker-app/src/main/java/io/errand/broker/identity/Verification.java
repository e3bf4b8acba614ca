package io.errand.broker.identity;

import org.jspecify.annotations.Nullable;

/** What came of looking at a token. */
public sealed interface Verification {

    record Verified(Identity identity) implements Verification {}

    /**
     * Not to be trusted. The caller hears only that; {@code reason} is for the audit log.
     *
     * @param reason a stable name such as {@code signature_invalid}, {@code audience_mismatch}, {@code expired}
     * @param detail a sentence with the values that matter, capped and without the token
     * @param issuer the registered issuer's name, once that was clear
     */
    record Rejected(String reason, String detail, @Nullable String issuer) implements Verification {

        /** Whether the same token may be trusted in a moment: everything about it was good, and who is to be asked did not answer. */
        public boolean isForNow() {
            return reason.equals(Reason.TOKEN_REVIEW_UNAVAILABLE.wire())
                    || reason.equals(Reason.STATUS_UNAVAILABLE.wire());
        }
    }
}
