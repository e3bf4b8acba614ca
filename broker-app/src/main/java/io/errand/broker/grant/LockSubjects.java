package io.errand.broker.grant;

import io.errand.broker.caller.Caller;
import io.errand.broker.identity.Identity;
import io.errand.broker.lock.Locks;
import io.errand.broker.task.Task;
import java.util.List;
import java.util.stream.Stream;

/** Everything that a lock could name, for a request about a task. */
public final class LockSubjects {

    private LockSubjects() {}

    public static Locks.Subjects of(Task task, List<String> tools) {
        return new Locks.Subjects(
                task.agent(),
                task.owner(),
                task.onBehalfOf().orElse(null),
                task.id(),
                task.root(),
                task.issuers(),
                tools);
    }

    public static Locks.Subjects of(Caller caller, RequestedTask requestedTask, List<String> tools) {
        String subject = caller.subjectName();
        return new Locks.Subjects(
                caller.agent().name(),
                caller.agent().owner(),
                subject.startsWith("person:") ? subject : null,
                requestedTask.existing().map(Task::id).orElse(null),
                requestedTask.root().orElse(null),
                Stream.of(
                                caller.identities().stream().map(Identity::issuer),
                                requestedTask.existing().stream().flatMap(task -> task.issuers().stream()),
                                requestedTask.delegation().stream()
                                        .flatMap(handed -> handed.parent().issuers().stream()))
                        .flatMap(issuers -> issuers)
                        .distinct()
                        .toList(),
                tools);
    }
}
