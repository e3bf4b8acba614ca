package io.errand.broker.identity;

import java.util.Set;

/** The public face of this room: whose token is this? */
public interface IdentityTokens {

    /**
     * Verifies a token of a registered issuer: size and form, {@code alg} against the issuer's list, {@code typ} against the
     * declared type, signature with the issuer's own keys, {@code iss}, {@code aud}, lifetime, and last the replay table
     * where the issuer is {@code single_use}.
     *
     * @param purposes whose issuers are meant; a token of another one is rejected
     */
    Verification verify(String token, TokenType type, Set<IssuerPurpose> purposes);
}
