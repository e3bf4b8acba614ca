package io.errand.broker.task;

import java.util.List;
import java.util.UUID;

/**
 * A task has ended; published in the transaction in which it did, and handled there.
 *
 * @param who caused it, as in the audit log
 */
public record TaskEnded(UUID task, Task.State state, String who) implements EndOfTasks {

    @Override
    public List<UUID> tasks() {
        return List.of(task);
    }
}
