package io.errand.broker.evaluation;

import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.exception.Exceptions;
import io.errand.broker.lease.SessionLeases;
import io.errand.broker.lock.Locks;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicySnapshot;
import io.errand.broker.risk.Risks;
import io.errand.broker.task.Ancestry;
import io.errand.broker.task.Sessions;
import io.errand.broker.task.Task;
import io.errand.broker.tasktype.TaskTypes;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Everything that the decisions of one transaction read, each row read once. Not thread-safe. */
final class BatchSnapshot {

    private final Loader reader;
    private final Sessions.Ledger ledger;
    private final Instant now;
    private final Supplier<PolicySnapshot> inForce;
    private final Read read;
    private final Map<UUID, Standing> standings = new HashMap<>();
    private @Nullable PolicySnapshot book;

    private BatchSnapshot(
            Loader reader, Sessions.Ledger ledger, Instant now, Supplier<PolicySnapshot> inForce, Read read) {
        this.reader = reader;
        this.ledger = ledger;
        this.now = now;
        this.inForce = inForce;
        this.read = read;
    }

    /** What its trip has read. */
    private record Read(
            Supplier<Map<Locks.Subjects, Locks.Lock>> stopped,
            Supplier<Set<Sessions.Key>> taken,
            Supplier<Map<UUID, TaskDeclaration>> live,
            Supplier<Map<UUID, Map<String, Set<String>>>> usable) {

        static final Read NOTHING = new Read(Map::of, Set::of, Map::of, Map::of);
    }

    /** Begins to know. */
    @Component
    record Loader(
            Agents agents,
            Ancestry ancestry,
            Tools registry,
            TaskTypes types,
            Risks risks,
            Exceptions exceptions,
            Sessions sessions,
            Locks locks,
            SessionLeases leases,
            Policies policies,
            Clock clock) {

        EvaluationContext.Standings standings(Task task, Tool tool) {
            return new EvaluationContext.Standings(
                    risks.of(Risks.Access.of(task, tool)), exceptions.of(task.agent(), tool.name()));
        }

        /** Sees to it that what is registered is in memory before a transaction needs it, and answers what is in force. */
        PolicySnapshot registered(Collection<Asked> asked) {
            asked.stream()
                    .flatMap(one -> one.task().chain().stream())
                    .distinct()
                    .forEach(agents::byName);
            asked.stream()
                    .filter(Asked::isOfTask)
                    .forEach(one -> registry.byName(one.tool()).ifPresent(tool -> standings(one.task(), tool)));
            return policies.inForce();
        }

        /**
         * What is read, and held from then on, when the trip is made: the gate of the locks first of all, as in a grant.
         *
         * @param patiently whether to wait for sessions that another transaction holds
         * @param hearing what external decision points have said; empty: there are none
         */
        BatchSnapshot of(
                List<EvaluationBatch> submissions,
                boolean patiently,
                Optional<ExternalDecisions> hearing,
                RoundTrip trip) {
            List<Asked> asked = EvaluationBatch.asked(submissions);
            List<UUID> tasks =
                    asked.stream().map(one -> one.task().id()).distinct().toList();
            Set<Sessions.Key> wanted = submissions.stream()
                    .flatMap(evaluationBatch -> evaluationBatch.sessions().stream())
                    .collect(Collectors.toSet());
            Sessions.Ledger ledger = sessions.open();
            locks.holdOff(trip);
            // Sessions may have to be waited for: what is read after them is as of when they are held.
            Supplier<Set<Sessions.Key>> taken = ledger.take(wanted, patiently, trip);
            Read read = new Read(
                    locks.standing(
                            asked.stream().map(Asked::subjects).distinct().toList(), trip),
                    taken,
                    sessions.hold(tasks, trip),
                    leases.usable(tasks, trip));
            return new BatchSnapshot(
                    this,
                    ledger,
                    hearing.map(ExternalDecisions::moment).orElseGet(clock::instant),
                    () -> hearing.<PolicySnapshot>map(one -> one.by(policies.inForce()))
                            .orElseGet(policies::inForce),
                    read);
        }

        /** For what was marked by somebody else's decision: it waits for no external decision point. */
        BatchSnapshot of(Sessions.Ledger ledger) {
            return new BatchSnapshot(this, ledger, clock.instant(), () -> policies.inForce()::proposed, Read.NOTHING);
        }
    }

    /** A task, and the tool that it wants to use. */
    record Asked(Task task, String tool) {

        boolean isOfTask() {
            return task.ceiling().stream()
                    .anyMatch(detail -> detail.identifier().equals(tool));
        }

        Locks.Subjects subjects() {
            return new Locks.Subjects(
                    task.agent(),
                    task.owner(),
                    task.onBehalfOf().orElse(null),
                    task.id(),
                    task.root(),
                    task.issuers(),
                    List.of(tool));
        }
    }

    Sessions.Ledger ledger() {
        return ledger;
    }

    /** When it is decided. */
    Instant now() {
        return now;
    }

    /** Whether all of its sessions are this transaction's. */
    boolean holds(EvaluationBatch evaluationBatch) {
        return read.taken().get().containsAll(evaluationBatch.sessions());
    }

    Optional<Locks.Lock> stopping(Task task, String tool) {
        return Optional.ofNullable(read.stopped().get().get(new Asked(task, tool).subjects()));
    }

    /** Empty: it is over. */
    Optional<TaskDeclaration> live(Task task) {
        return Optional.ofNullable(read.live().get().get(task.id()));
    }

    /** Whether the task has a credential with which it could do this. */
    boolean isGranted(Task task, String tool, String action) {
        return read.usable()
                .get()
                .getOrDefault(task.id(), Map.of())
                .getOrDefault(tool, Set.of())
                .contains(action);
    }

    /** Of the task; empty: it is no longer registered. */
    Optional<Agent> agent(Task task) {
        return reader.agents().byName(task.agent()).filter(agent -> agent.id().equals(task.agentId()));
    }

    Standing standing(Agent agent) {
        return standings.computeIfAbsent(agent.id(), id -> reader.agents().standing(agent));
    }

    /** Why one of the agents above it may not act any more, if one may not. */
    Optional<Standing.Bad> broken(Task task) {
        return reader.ancestry().broken(task.actors());
    }

    /** A change of the policies waits for this transaction, which holds locks off. */
    PolicySnapshot book() {
        PolicySnapshot known = book;
        if (known == null) {
            known = inForce.get();
            book = known;
        }
        return known;
    }

    EvaluationContext.Standings standings(Task task, Tool tool) {
        return reader.standings(task, tool);
    }

    Optional<Tool> tool(String name) {
        return reader.registry().byName(name);
    }

    /** The tool, if the action is within task ∩ its type ∩ agent ∩ tool ∩ every agent above. */
    Optional<Tool> within(Task task, Agent agent, String name, String action) {
        return new Asked(task, name).isOfTask()
                ? tool(name)
                        .filter(found -> reader.types()
                                .within(
                                        task.type(),
                                        found,
                                        reader.ancestry().within(found, agent, task.ceiling(), task.actors()))
                                .contains(action))
                : Optional.empty();
    }
}
