package io.errand.broker.identity.jwt;

import java.security.cert.X509Certificate;
import java.util.List;

/** Where an issuer's keys are. */
@FunctionalInterface
public interface KeySource {

    sealed interface Fetch {}

    /**
     * What an issuer publishes.
     *
     * @param authorities who may sign X.509-SVIDs; of trust domains only
     */
    record Fetched(List<VerificationKey> keys, List<X509Certificate> authorities) implements Fetch {

        public Fetched(List<VerificationKey> keys) {
            this(keys, List.of());
        }
    }

    /** The issuer did not answer, or not with a key set. */
    record Failed(String cause) implements Fetch {}

    Fetch fetch();
}
