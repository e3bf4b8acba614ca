package io.errand.broker.caller;

import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.possession.PossessionProofs.Shown;
import java.util.Optional;
import java.util.stream.Stream;

/** The keys of which the sender of a request proved possession. */
public record PresentedKeys(Optional<Shown.Proof> proof, Optional<KeyBinding> certificate) {

    /** What a new task token is bound to: whoever sends a proof means it, a certificate may be there for other reasons. */
    Optional<KeyBinding> binding() {
        return proof.map(Shown.Proof::keyBinding).or(() -> certificate);
    }

    public boolean includes(KeyBinding bound) {
        return Stream.concat(proof.map(Shown.Proof::keyBinding).stream(), certificate.stream())
                .anyMatch(bound::equals);
    }
}
