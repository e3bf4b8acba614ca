package io.errand.broker.identity;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request shows of the keys that its sender holds, nothing of it checked.
 *
 * @param proofs the values of its {@code DPoP} headers
 * @param method of the request
 * @param target its address as clients know it, which begins with our issuer identifier
 * @param certificates the client's in TLS, its own first; TLS has seen that the client holds the key of that one
 * @param unreadable why what a proxy says of the client's certificate cannot be read, as a sentence; null: it can, or says nothing
 */
public record Possession(
        List<String> proofs,
        String method,
        String target,
        List<X509Certificate> certificates,
        @Nullable String unreadable) {

    @Override
    public String toString() {
        return "Possession[" + method + " " + target + "]";
    }
}
