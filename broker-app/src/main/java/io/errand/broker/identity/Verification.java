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
    record Rejected(String reason, String detail, @Nullable String issuer) implements Verification {}
}
