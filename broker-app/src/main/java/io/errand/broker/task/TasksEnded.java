package io.errand.broker.task;

import java.util.List;
import java.util.UUID;

/**
 * Many tasks have ended at once; published in the transaction in which they did. Who caused it sweeps their leases itself, so the
 * lease room does not listen.
 *
 * @param who caused it, as in the audit log
 */
public record TasksEnded(List<UUID> tasks, Task.State state, String who) implements EndOfTasks {}
