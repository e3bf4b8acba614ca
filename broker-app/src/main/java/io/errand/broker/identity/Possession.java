package io.errand.broker.identity;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a request shows of the keys that its sender holds, nothing of it checked.
 *
 * @param proofs the values of its {@code DPoP} headers
 * @param method of the request
 * @param target its address as clients know it, which begins with our issuer identifier
 * @param certificates the client's in TLS, its own first; TLS has seen that the client holds the key of that one
 */
public record Possession(List<String> proofs, String method, String target, List<X509Certificate> certificates) {

    @Override
    public String toString() {
        return "Possession[" + method + " " + target + "]";
    }
}
