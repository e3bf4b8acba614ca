package io.errand.broker.approval;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The other public face of this room: an operator's exception. It lifts policies that say they may be lifted, and nothing else: no
 * lock, no ceiling, nothing of the audit log.
 */
public interface BreakGlass {

    /** The one that is active for this agent or task and this tool; of several, the one that lasts longest. */
    Optional<UUID> covering(String agent, @Nullable UUID task, String tool);

    /**
     * How long it still lasts; it is held until the transaction under way is over: an end of it comes before, and is seen here, or
     * after, and sees what was granted. Empty: it has ended.
     */
    Optional<Duration> hold(UUID breakGlass);

    /** Notes what was granted, renewed or permitted under it, in the transaction of that. */
    void used(Use use);

    /**
     * One use.
     *
     * @param lease that was granted or renewed; null: a single action was permitted
     * @param lifted the policies that were out of the way for it
     */
    record Use(
            UUID breakGlass,
            UUID decision,
            String agent,
            UUID task,
            @Nullable UUID lease,
            String tool,
            List<String> lifted) {}

    /** Published in the transaction that ends one before its time; what was granted under it is to be revoked there. */
    record Ended(UUID breakGlass, List<UUID> leases, String who) {}
}
