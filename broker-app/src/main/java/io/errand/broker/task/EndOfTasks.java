package io.errand.broker.task;

import java.util.List;
import java.util.UUID;

/** What listeners hear who need not know whether one task has ended or many. */
public sealed interface EndOfTasks permits TaskEnded, TasksEnded {

    List<UUID> tasks();
}
