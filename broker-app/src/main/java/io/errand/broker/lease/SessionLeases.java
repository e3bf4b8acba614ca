package io.errand.broker.lease;

import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.task.Sessions;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** The face of this room to what acts on sessions: which credentials one has, and the end of some. */
public interface SessionLeases {

    /** By task: the tools for which it has a usable credential when the trip is made, and for which actions. */
    Supplier<Map<UUID, Map<String, Set<String>>>> usable(Collection<UUID> tasks, RoundTrip trip);

    /** The leases of a session that are not on their way out: of the active tasks of its tree, and of the agents that learn. */
    List<Held> live(Sessions.Key session);

    /** Makes these REVOKING, in the transaction under way. */
    void revoke(Collection<UUID> leases, String reason, String who);

    /** A live lease, and the task that it is of. */
    record Held(UUID id, UUID task, String tool, List<String> actions) {}
}
