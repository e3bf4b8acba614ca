package io.errand.broker.identity;

import java.util.List;

/** Where an issuer's keys are. */
@FunctionalInterface
interface KeySource {

    sealed interface Fetch {}

    record Fetched(List<VerificationKey> keys) implements Fetch {}

    /** The issuer did not answer, or not with a key set. */
    record Failed(String cause) implements Fetch {}

    Fetch fetch();
}
