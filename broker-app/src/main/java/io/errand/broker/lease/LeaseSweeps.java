package io.errand.broker.lease;

import io.errand.api.RevocationView;
import io.errand.broker.task.Scope;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A public face of this room: the end of everything of a scope, with the manifest of a revocation, and without a lock. */
public interface LeaseSweeps {

    /**
     * What a sweep has ended.
     *
     * @param revocation whose manifest has the leases
     * @param tasks how many, with those below
     */
    record Swept(UUID revocation, int tasks) {}

    /** Tasks, those below them, and the leases of all, in the transaction under way. */
    Swept end(Scope scope, String reason, String who);

    /** The same where a task of the scope goes on; empty: none does, and there is no revocation. A scope of tasks. */
    Optional<Swept> endIfAny(Scope scope, String reason, String who);

    /**
     * How far it has come, with a page of its leases, oldest first.
     *
     * @param after a lease; it and older ones are left out
     */
    Optional<RevocationView> manifest(UUID revocation, @Nullable UUID after, int limit);
}
