package io.errand.broker.lease;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Binding;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A live lease as a worker claimed it. Only a {@link Revoking} one may be destroyed, so that comes first. */
sealed interface Lease {

    Facts facts();

    /** What does not change with the state, and the version that a change must find. */
    record Facts(
            UUID id,
            int version,
            UUID task,
            String agent,
            String tool,
            String backend,
            Binding binding,
            @Nullable String reference) {

        Remains remains() {
            return new Remains(id, binding, reference);
        }
    }

    /** Its credential is being made, or its maker is dead. */
    record Pending(Facts facts) implements Lease {}

    record Active(Facts facts) implements Lease {}

    record Revoking(Facts facts, String reason, int attempts, boolean irrevocable) implements Lease {}
}
