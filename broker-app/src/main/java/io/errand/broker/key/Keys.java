package io.errand.broker.key;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The public face of this room: what Errand signs, and whether a token is its own. */
public interface Keys {

    /** Signs claims with the active key; {@code alg} is {@code ES256} or {@code RS256}. */
    String sign(TokenKind kind, Map<String, Object> claims, String alg);

    /** Signs with ES256. */
    default String sign(TokenKind kind, Map<String, Object> claims) {
        return sign(kind, claims, "ES256");
    }

    /**
     * The claims of a token that we signed as this kind; empty for any other token. Lifetime and audience are the caller's to
     * check.
     */
    Optional<Map<String, Object>> read(TokenKind kind, String token);

    /** Public keys, those to come and those retiring included (RFC 7517). */
    List<Map<String, Object>> published();
}
