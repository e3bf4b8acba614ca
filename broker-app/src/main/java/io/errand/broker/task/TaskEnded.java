package io.errand.broker.task;

import java.util.UUID;

/**
 * A task has ended; published in the transaction in which it did, and handled there.
 *
 * @param who caused it, as in the audit log
 */
public record TaskEnded(UUID task, Task.State state, String who) {}
