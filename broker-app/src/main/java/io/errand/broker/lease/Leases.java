package io.errand.broker.lease;

import io.errand.api.LeaseView;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The public face of this room. */
public interface Leases {

    /**
     * Inserts a PENDING row in the transaction under way, which must commit before {@link #issue}. Its end is the earliest of
     * the task's end and {@code ttl} from the database's now.
     *
     * @param ttl the shortest of what tool and policy allow; null: neither says
     */
    Opened open(Task task, Tool tool, List<String> actions, @Nullable Duration ttl);

    /**
     * Asks the backend, then moves PENDING to ACTIVE in a transaction of its own. Whatever fails, the row is REVOKING when this
     * returns and the worker cleans up.
     *
     * @param claims whose credential it is: what {@link io.errand.broker.credential.Order#task()} carries
     */
    Issue issue(Opened lease, Map<String, Object> claims);

    /** Makes one live lease REVOKING; false if it was not live any more. */
    boolean revoke(UUID lease, String reason, String who);

    /** Makes the live leases of a task REVOKING, in the transaction under way. */
    int revokeOfTask(UUID task, String reason, String who);

    /** Whether the agent has live leases. */
    boolean anyLiveOfAgent(String agent);

    /** Makes the live leases of an agent REVOKING, in the transaction under way. */
    int revokeOfAgent(String agent, String reason, String who);

    Optional<LeaseView> find(UUID lease);

    /** By age, oldest first. */
    List<LeaseView> ofTask(UUID task);

    /** Waits until no lease of the task is live, or the time is over; true: all are seen gone. */
    boolean awaitGone(UUID task, Duration atMost);

    /** A committed-to-be PENDING row. */
    record Opened(UUID id, Tool tool, List<String> actions, Instant expiresAt) {}

    /** What came of issuing. */
    sealed interface Issue {

        /** @param data what the agent logs in with; secrets as {@link io.errand.broker.shared.Secret} */
        record Live(Opened lease, Instant validUntil, Map<String, Object> data) implements Issue {}

        /** The target is down, or nobody knows: {@code temporarily_unavailable}. */
        record Unavailable(
                Opened lease, String cause, @Nullable Duration retryAfter) implements Issue {}

        /** Killed while it was being made. */
        record Lost(Opened lease) implements Issue {}
    }
}
