package io.errand.broker.probe;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Fingerprint;
import io.errand.api.TaskDeclaration;
import io.errand.api.ToolProbe;
import io.errand.broker.agent.Agent;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.lease.Leases;
import io.errand.broker.lock.Locks;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tools;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;

/**
 * The transactions of a probe. Before anything is made there are a task and its lease; if the broker dies after that, the lease
 * ends with the task's time, as every other does.
 */
@Component
class ProbeTasks {

    /**
     * Whose the tasks of probes are: no name that an agent could have, so that none of them counts for one. Kept as it is:
     * {@code usage.UnusedTables} leaves out what has it.
     */
    static final String PROBER = "errand:probe";

    private static final String TYPE = "probe";

    /** Leases of probes that have not ended, all replicas together. */
    private static final int MOST_LIVE = 50;

    private final Locks locks;
    private final Tools tools;
    private final Tasks tasks;
    private final Leases leases;
    private final Audit audit;

    ProbeTasks(Locks locks, Tools tools, Tasks tasks, Leases leases, Audit audit) {
        this.locks = locks;
        this.tools = tools;
        this.tasks = tasks;
        this.leases = leases;
        this.audit = audit;
    }

    /** What came of opening. */
    sealed interface Opened {

        record Open(Task task, Leases.Opened lease) implements Opened {}

        record Refused(String step, String why) implements Opened {}
    }

    @Transactional
    public Opened open(Probing probing, Duration ttl) {
        Opened opened = decided(probing, ttl);
        if (opened instanceof Opened.Refused) {
            TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
        }
        return opened;
    }

    private Opened decided(Probing probing, Duration ttl) {
        String tool = probing.tool().name();
        Agent agent = probing.agent();
        Optional<Locks.Lock> lock = locks.holdOff(new Locks.Subjects(
                agent == null ? null : agent.name(),
                agent == null ? null : agent.owner(),
                null,
                null,
                null,
                List.of(),
                List.of(tool)));
        if (lock.isPresent()) {
            return new Opened.Refused(
                    "locked",
                    "It is stopped by the lock " + lock.get().id() + " on "
                            + lock.get().scope().kind().word() + " '"
                            + lock.get().scope().value()
                            + "'; nothing is made while that stands.");
        }
        if (!tools.hold(List.of(probing.tool()))) {
            return new Opened.Refused("check", "The tool was changed at this moment; try again.");
        }
        if (leases.room(PROBER, MOST_LIVE, 1, List.of()) != Leases.Room.ENOUGH) {
            return new Opened.Refused(
                    "make", "Too many leases are live, of probes or of all agents; try again when some have ended.");
        }
        AuthorizationDetail granted = AuthorizationDetail.of(tool, List.of(probing.action()));
        Task task = tasks.declare(task(probing, granted, ttl));
        Leases.Opened lease = leases.open(
                task,
                probing.tool(),
                granted,
                new Leases.Basis(
                        probing.tool()
                                .maxTtl()
                                .filter(most -> most.compareTo(ttl) < 0)
                                .orElse(ttl),
                        null,
                        null));
        audit.record(event("probe.begun", probing)
                .task(task.id())
                .lease(lease.id())
                .with("expires_at", task.expiresAt().toString()));
        return new Opened.Open(task, lease);
    }

    private static Tasks.Declared task(Probing probing, AuthorizationDetail granted, Duration ttl) {
        String purpose = "A probe of the tool " + probing.tool().name() + ", which nobody is given";
        return new Tasks.Declared(
                prober(purpose),
                "",
                List.of(),
                PROBER,
                TYPE,
                purpose,
                new TaskDeclaration(TYPE, purpose, ttl, null, null, null, null),
                List.of(granted),
                ttl,
                null,
                false,
                Task.Origin.DECLARED,
                null);
    }

    /** An agent that is registered nowhere and that no token is mapped to. */
    private static Agent prober(String purpose) {
        return new Agent(
                new UUID(0, 0),
                PROBER,
                0,
                Agent.State.ACTIVE,
                PROBER,
                purpose,
                Set.of(TYPE),
                Map.of(),
                Duration.ofMinutes(1),
                MOST_LIVE,
                new Fingerprint(null, null, null, null),
                List.of(),
                Set.of(),
                0,
                Optional.empty(),
                Agent.OnDrift.DENY,
                Map.of());
    }

    /** With its task ends its lease, in this transaction. */
    @Transactional
    public void end(Task task, boolean worked, String who) {
        tasks.end(task.id(), Task.State.COMPLETED, worked ? "succeeded" : "failed", null, who);
    }

    @Transactional
    public void ended(Probing probing, Optional<UUID> task, ToolProbe probe) {
        audit.record(event("probe.ended", probing)
                .task(task.orElse(null))
                .lease(probe.lease() == null ? null : UUID.fromString(probe.lease()))
                .outcome(probe.result())
                .with("step", probe.step())
                .with("detail", probe.detail()));
    }

    /** An agent that it is asked for is named beside it: a probe is nothing that the agent did. */
    private static AuditEvent event(String kind, Probing probing) {
        Agent agent = probing.agent();
        return AuditEvent.of(kind)
                .by(probing.who())
                .with("tool", probing.tool().name())
                .with("actions", List.of(probing.action()))
                .with("activation_of", agent == null ? null : agent.name());
    }
}
