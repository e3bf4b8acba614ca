package io.errand.broker.evaluation;

import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.lease.SessionLeases;
import io.errand.broker.lease.SessionLeases.Held;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.task.SessionMarked;
import io.errand.broker.task.Sessions;
import io.errand.broker.task.Sessions.Memory;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tool;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Ends live credentials of a session that policy would have issued before the session changed and would not issue any more. Runs
 * in the transaction that changes the session.
 */
@Component
class SessionLeaseRevoker {

    private final SessionLeases leases;
    private final Tasks tasks;
    private final Sessions sessions;
    private final BatchSnapshot.Loader reader;

    SessionLeaseRevoker(SessionLeases leases, Tasks tasks, Sessions sessions, BatchSnapshot.Loader reader) {
        this.leases = leases;
        this.tasks = tasks;
        this.sessions = sessions;
        this.reader = reader;
    }

    /** A tool that marks its session already when it is issued. */
    @EventListener
    void on(SessionMarked marked) {
        sweep(marked.session(), marked.news(), reader.of(sessions.open()), marked.who());
    }

    /**
     * @param news what the session had not before
     * @return the leases that are on their way out because of it
     */
    List<UUID> sweep(Sessions.Key session, Memory news, BatchSnapshot batchSnapshot, String who) {
        List<Held> live = leases.live(session);
        if (live.isEmpty()) {
            return List.of();
        }
        Map<UUID, Optional<Task>> of = new HashMap<>();
        live.forEach(lease -> of.computeIfAbsent(lease.task(), tasks::find));
        batchSnapshot
                .ledger()
                .read(of.values().stream()
                        .flatMap(Optional::stream)
                        .map(Sessions.Key::of)
                        .distinct()
                        .toList());
        Map<UUID, TaskDeclaration> declared = sessions.declared(of.keySet());
        List<UUID> doomed = live.stream()
                .filter(lease -> of.getOrDefault(lease.task(), Optional.empty())
                        .filter(task -> isRefused(lease, task, declared.get(task.id()), news, batchSnapshot))
                        .isPresent())
                .map(Held::id)
                .toList();
        if (!doomed.isEmpty()) {
            leases.revoke(doomed, "session_changed", who);
        }
        return doomed;
    }

    /** @param declared null: there is no such task */
    private boolean isRefused(
            Held lease, Task task, @Nullable TaskDeclaration declared, Memory news, BatchSnapshot batchSnapshot) {
        Optional<Agent> agent = batchSnapshot.agent(task);
        Optional<Tool> tool = batchSnapshot.tool(lease.tool());
        if (declared == null || agent.isEmpty() || tool.isEmpty()) {
            return false;
        }
        Memory memory = batchSnapshot.ledger().memory(Sessions.Key.of(task));
        EvaluationContext of = new EvaluationContext(
                task, declared, agent.get(), tool.get(), batchSnapshot.standings(task, tool.get()));
        PolicyDecision after =
                batchSnapshot.book().decide(of.question("issue", lease.actions(), memory, batchSnapshot.now(), false));
        if (!(after instanceof PolicyDecision.Deny deny) || deny.undecided()) {
            return false;
        }
        // What was denied before as well was granted for another reason: an approval, a bound key, break-glass.
        PolicyDecision before = batchSnapshot
                .book()
                .decide(of.question("issue", lease.actions(), memory.without(news), batchSnapshot.now(), false));
        return !after.equals(before);
    }
}
