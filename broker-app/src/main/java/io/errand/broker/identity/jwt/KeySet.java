package io.errand.broker.identity.jwt;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of one issuer, as this replica knows them. */
public interface KeySet {

    sealed interface Found {}

    /** Keys with the {@code kid}; all keys where the token names none; empty if there is no such key. */
    record Known(List<VerificationKey> keys) implements Found {}

    record Unavailable(String cause) implements Found, Trusted {}

    sealed interface Trusted {}

    /** Who may sign X.509-SVIDs. */
    record Authorities(List<X509Certificate> certificates) implements Trusted {}

    Found find(@Nullable String kid);

    Trusted authorities();

    /** Asks for the keys now, whatever is known, and changes nothing. */
    Look look();

    /**
     * What was seen.
     *
     * @param keys how many can verify a token
     * @param readAt when those were read that serve now; null: none were, or they are told without being asked for
     * @param failure why there was no answer; null: there was one
     */
    record Look(
            int keys, @Nullable Instant readAt, @Nullable String failure) {}

    /** Those of a set that a token can mean by its {@code kid}. */
    static List<VerificationKey> named(List<VerificationKey> keys, @Nullable String kid) {
        return kid == null
                ? keys
                : keys.stream().filter(key -> kid.equals(key.kid())).toList();
    }
}
