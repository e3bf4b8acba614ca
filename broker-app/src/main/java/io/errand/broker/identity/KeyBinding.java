package io.errand.broker.identity;

import java.util.Map;
import java.util.Optional;

/**
 * The key that a token is bound to (RFC 7800 §3.1): whoever shows the token must show, in the same request, that it holds the key.
 *
 * @param thumbprint SHA-256 in base64url, of the key (RFC 7638) or of the certificate (RFC 8705 §3.1)
 */
public record KeyBinding(Method method, String thumbprint) {

    /** How the key is shown. */
    public enum Method {
        DPOP("jkt"),
        CERTIFICATE("x5t#S256");

        private final String member;

        Method(String member) {
            this.member = member;
        }
    }

    /** The value of the claim {@code cnf}. */
    public Map<String, Object> cnf() {
        return Map.of(method.member, thumbprint);
    }

    /** How the token is shown: {@code token_type} of an answer (RFC 9449 §5; RFC 8705 leaves it {@code Bearer}). */
    public String tokenType() {
        return method == Method.DPOP ? "DPoP" : "Bearer";
    }

    /** What the claims of one of our tokens bind it to; empty: {@code cnf} is absent, or not one that we make. */
    public static Optional<KeyBinding> of(Map<String, Object> claims) {
        if (claims.get("cnf") instanceof Map<?, ?> cnf && cnf.size() == 1) {
            for (Method method : Method.values()) {
                if (cnf.get(method.member) instanceof String thumbprint) {
                    return Optional.of(new KeyBinding(method, thumbprint));
                }
            }
        }
        return Optional.empty();
    }
}
