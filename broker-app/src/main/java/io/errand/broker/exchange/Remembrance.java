package io.errand.broker.exchange;

import io.errand.api.Fingerprint;
import io.errand.broker.agent.Drift;
import io.errand.broker.policy.Circumstances;
import io.errand.broker.shared.RoundTrips.Hold;
import io.errand.broker.task.Sessions;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** What an exchange has to do with the memory of its session: it is decided on it, and some tools mark it at issue. */
@Component
class Remembrance {

    private final Sessions sessions;
    private final Tools tools;

    Remembrance(Sessions sessions, Tools tools) {
        this.sessions = sessions;
        this.tools = tools;
    }

    /** As policy sees it. */
    Circumstances.Session of(Caller caller, Work work) {
        return asked(sessions.remembered(key(caller, work)));
    }

    Circumstances.Session of(Task task) {
        return asked(sessions.remembered(Sessions.Key.of(task)));
    }

    private static Circumstances.Session asked(Sessions.Memory memory) {
        return new Circumstances.Session(memory.labels(), memory.personLabels(), memory.tools(), memory.counters());
    }

    /** Whether the agent, if it says what it is made of now, is what its task began with and what is registered. */
    Step<Work> undrifted(Caller caller, Work work) {
        Fingerprint now = work.declaration().fingerprint();
        if (work.existing().isEmpty() || now == null) {
            return Step.pass(work);
        }
        UUID task = work.existing().get().id();
        return Optional.ofNullable(sessions.declared(List.of(task)).get(task))
                .flatMap(declared -> Optional.ofNullable(declared.fingerprint()))
                .flatMap(begun -> Drift.between(begun, now))
                .or(() -> Drift.between(caller.agent().fingerprint(), now))
                .map(changed -> work.changed(caller.agent(), changed + " has changed since the task began"))
                .orElseGet(() -> Step.pass(work));
    }

    /** Whether it is still what was decided on, to be held so until a transaction is over; empty: nothing was decided on it. */
    Optional<Hold<?, Boolean>> holding(Caller caller, Work work, List<Permitted> permitted) {
        boolean marking =
                permitted.stream().anyMatch(one -> marksOnIssue(one.wanted().tool()));
        List<Sessions.Memory> seen = permitted.stream()
                .map(Permitted::seen)
                .map(session -> new Sessions.Memory(
                        session.labels(), session.personLabels(), session.tools(), session.counters()))
                .distinct()
                .toList();
        return seen.stream().findFirst().map(first -> {
            Hold<?, Boolean> held = sessions.holding(key(caller, work), first, marking);
            boolean same = seen.stream().allMatch(one -> one.isSame(first, marking));
            return held.then(unchanged -> unchanged && same);
        });
    }

    /**
     * Nobody reports the use of these, so a credential in hand counts as one use of each of its actions, on all that it can reach:
     * that it names a part spares the session nothing unless the target keeps it to that.
     */
    void mark(Task task, List<Permitted> permitted) {
        List<Sessions.Use> uses = permitted.stream()
                .map(Permitted::wanted)
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

    private static Sessions.Key key(Caller caller, Work work) {
        return new Sessions.Key(
                work.root(),
                caller.agent().name(),
                caller.subjectName(),
                work.bounds().map(Bounds::actors).orElse(List.of()));
    }

    private static boolean marksOnIssue(Tool tool) {
        return tool.marksOn() == Tool.MarksOn.ISSUE;
    }
}
