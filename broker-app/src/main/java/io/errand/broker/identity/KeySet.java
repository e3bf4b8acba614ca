package io.errand.broker.identity;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of one issuer, as this replica knows them. */
interface KeySet {

    sealed interface Found {}

    /** Keys with the {@code kid}; all keys where the token names none; empty if there is no such key. */
    record Known(List<VerificationKey> keys) implements Found {}

    record Unavailable(String cause) implements Found, Trusted {}

    sealed interface Trusted {}

    /** Who may sign X.509-SVIDs. */
    record Authorities(List<X509Certificate> certificates) implements Trusted {}

    Found find(@Nullable String kid);

    Trusted authorities();

    /** Those of a set that a token can mean by its {@code kid}. */
    static List<VerificationKey> named(List<VerificationKey> keys, @Nullable String kid) {
        return kid == null
                ? keys
                : keys.stream().filter(key -> kid.equals(key.kid())).toList();
    }
}
