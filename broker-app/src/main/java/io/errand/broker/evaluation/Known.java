package io.errand.broker.evaluation;

import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.lease.SessionLeases;
import io.errand.broker.lock.Locks;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.Rulebook;
import io.errand.broker.task.Sessions;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What one transaction knows, each thing read once. Used by one thread. */
final class Known {

    private final Reader reader;
    private final Sessions.Ledger ledger;
    private final Map<Locks.Subjects, Locks.Lock> stopped;
    private final Map<UUID, TaskDeclaration> live;
    private final Map<UUID, Map<String, Set<String>>> usable;
    private final Map<String, Optional<Agent>> agents = new HashMap<>();
    private final Map<UUID, Standing> standings = new HashMap<>();
    private final Map<String, Optional<Tool>> tools = new HashMap<>();
    private @Nullable Rulebook book;

    private Known(
            Reader reader,
            Sessions.Ledger ledger,
            Map<Locks.Subjects, Locks.Lock> stopped,
            Map<UUID, TaskDeclaration> live,
            Map<UUID, Map<String, Set<String>>> usable) {
        this.reader = reader;
        this.ledger = ledger;
        this.stopped = stopped;
        this.live = live;
        this.usable = usable;
    }

    /** Begins to know. */
    @Component
    record Reader(
            Agents agents, Tools registry, Sessions sessions, Locks locks, SessionLeases leases, Policies policies) {

        /** The gate of the locks is taken here: before any session, as in a grant. */
        Map<Locks.Subjects, Locks.Lock> stopped(Collection<Asked> asked) {
            return locks.holdOff(asked.stream().map(Asked::subjects).distinct().toList());
        }

        /** @param ledger whose sessions are taken; tasks are held from here on */
        Known of(Sessions.Ledger ledger, Map<Locks.Subjects, Locks.Lock> stopped, Collection<Asked> asked) {
            List<UUID> tasks =
                    asked.stream().map(one -> one.task().id()).distinct().toList();
            return new Known(this, ledger, stopped, sessions.hold(tasks), leases.usable(tasks));
        }

        /** For what was marked by somebody else's decision. */
        Known of(Sessions.Ledger ledger) {
            return new Known(this, ledger, Map.of(), Map.of(), Map.of());
        }
    }

    /** A task, and the tool that it wants to use. */
    record Asked(Task task, String tool) {

        Locks.Subjects subjects() {
            return new Locks.Subjects(
                    task.agent(),
                    task.owner(),
                    task.onBehalfOf().orElse(null),
                    task.id(),
                    task.root(),
                    task.issuer(),
                    List.of(tool));
        }
    }

    Sessions.Ledger ledger() {
        return ledger;
    }

    Optional<Locks.Lock> stopping(Task task, String tool) {
        return Optional.ofNullable(stopped.get(new Asked(task, tool).subjects()));
    }

    /** Empty: it is over. */
    Optional<TaskDeclaration> live(Task task) {
        return Optional.ofNullable(live.get(task.id()));
    }

    /** Whether the task has a credential with which it could do this. */
    boolean isGranted(Task task, String tool, String action) {
        return usable.getOrDefault(task.id(), Map.of())
                .getOrDefault(tool, Set.of())
                .contains(action);
    }

    /** Of the task; empty: it is registered no more. */
    Optional<Agent> agent(Task task) {
        return agents.computeIfAbsent(task.agent(), reader.agents()::byName)
                .filter(agent -> agent.id().equals(task.agentId()));
    }

    Standing standing(Agent agent) {
        return standings.computeIfAbsent(agent.id(), id -> reader.agents().standing(agent));
    }

    /** A change of the policies waits for this transaction, which holds locks off. */
    Rulebook book() {
        Rulebook known = book;
        if (known == null) {
            known = reader.policies().inForce();
            book = known;
        }
        return known;
    }

    Optional<Tool> tool(String name) {
        return tools.computeIfAbsent(name, reader.registry()::byName);
    }
}
