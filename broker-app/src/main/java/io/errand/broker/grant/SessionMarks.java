package io.errand.broker.grant;

import io.errand.api.Fingerprint;
import io.errand.broker.agent.Drift;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.TaskLimits;
import io.errand.broker.database.SqlPipeline.Hold;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.task.Sessions;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Connects an exchange with the memory of its session: it is decided on that memory, and some tools mark the session when a
 * credential is issued.
 */
@Component
public class SessionMarks {

    private final Sessions sessions;
    private final Tools tools;

    SessionMarks(Sessions sessions, Tools tools) {
        this.sessions = sessions;
        this.tools = tools;
    }

    /** As policy sees it. */
    public PolicyContext.Session of(Caller caller, RequestedTask requestedTask) {
        return asked(sessions.remembered(key(caller, requestedTask)));
    }

    public PolicyContext.Session of(Task task) {
        return asked(sessions.remembered(Sessions.Key.of(task)));
    }

    private static PolicyContext.Session asked(Sessions.Memory memory) {
        return new PolicyContext.Session(memory.labels(), memory.personLabels(), memory.tools(), memory.counters());
    }

    /** Whether the agent, if it says what it is made of now, is what its task began with and what is registered. */
    GrantStep<RequestedTask> undrifted(Caller caller, RequestedTask requestedTask) {
        Fingerprint now = requestedTask.declaration().fingerprint();
        if (requestedTask.existing().isEmpty() || now == null) {
            return GrantStep.pass(requestedTask);
        }
        UUID task = requestedTask.existing().get().id();
        return Optional.ofNullable(sessions.declared(List.of(task)).get(task))
                .flatMap(declared -> Optional.ofNullable(declared.fingerprint()))
                .flatMap(begun -> Drift.between(begun, now))
                .or(() -> Drift.between(caller.agent().fingerprint(), now))
                .map(changed -> requestedTask.changed(caller.agent(), changed.detail()))
                .orElseGet(() -> GrantStep.pass(requestedTask));
    }

    /** Whether it is still what was decided on, to be held so until a transaction is over; empty: nothing was decided on it. */
    Optional<Hold<?, Boolean>> holding(Caller caller, RequestedTask requestedTask, List<PermittedAccess> permitted) {
        boolean marking = permitted.stream()
                .anyMatch(one -> marksOnIssue(one.requestedAccess().tool()));
        List<Sessions.Memory> seen = permitted.stream()
                .map(PermittedAccess::seen)
                .map(session -> new Sessions.Memory(
                        session.labels(), session.personLabels(), session.tools(), session.counters()))
                .distinct()
                .toList();
        return seen.stream().findFirst().map(first -> {
            Hold<?, Boolean> held = sessions.holding(key(caller, requestedTask), first, marking);
            boolean same = seen.stream().allMatch(one -> one.isSame(first, marking));
            return held.then(unchanged -> unchanged && same);
        });
    }

    /**
     * Nobody reports the use of these, so a credential in hand counts as one use of each of its actions, on all that it can reach:
     * that it names a part spares the session nothing unless the target keeps it to that.
     */
    void mark(Task task, List<PermittedAccess> permitted) {
        List<Sessions.Use> uses = permitted.stream()
                .map(PermittedAccess::requestedAccess)
                .filter(wanted -> marksOnIssue(wanted.tool()))
                .flatMap(wanted -> wanted.actions().stream()
                        .map(action -> Sessions.Use.of(
                                wanted.tool(),
                                action,
                                Optional.ofNullable(wanted.datatypes())
                                        .filter(named -> tools.isEnforced(wanted.tool(), wanted.granted()))
                                        .map(Set::copyOf))))
                .toList();
        if (!uses.isEmpty()) {
            sessions.mark(task, uses);
        }
    }

    /** A child begins with what its parent's tree knows. */
    void begun(Task task) {
        if (task.parent().isPresent()) {
            sessions.learn(task);
        }
    }

    private static Sessions.Key key(Caller caller, RequestedTask requestedTask) {
        return new Sessions.Key(
                requestedTask.root(),
                caller.agent().name(),
                caller.subjectName(),
                requestedTask.bounds().map(TaskLimits::actors).orElse(List.of()));
    }

    private static boolean marksOnIssue(Tool tool) {
        return tool.marksOn() == Tool.MarksOn.ISSUE;
    }
}
