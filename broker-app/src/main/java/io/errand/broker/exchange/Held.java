package io.errand.broker.exchange;

import io.errand.broker.identity.Binding;
import io.errand.broker.identity.PossessionProofs.Shown;
import java.util.Optional;
import java.util.stream.Stream;

/** Which keys the sender of a request was seen to hold. */
record Held(Optional<Shown.Proof> proof, Optional<Binding> certificate) {

    /** What a new task token is bound to: whoever sends a proof means it, a certificate may be there for other reasons. */
    Optional<Binding> binding() {
        return proof.map(Shown.Proof::binding).or(() -> certificate);
    }

    boolean includes(Binding bound) {
        return Stream.concat(proof.map(Shown.Proof::binding).stream(), certificate.stream())
                .anyMatch(bound::equals);
    }
}
