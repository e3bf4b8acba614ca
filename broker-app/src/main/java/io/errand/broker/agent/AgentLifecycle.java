package io.errand.broker.agent;

import io.errand.api.AgentHistoryEntry;
import io.errand.api.AgentResource;
import io.errand.api.AgentTransfer;
import io.errand.api.AgentTransition;
import io.errand.api.Fingerprint;
import io.errand.broker.agent.AgentHistory.By;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** What is done with an agent after it is registered, each with who and why; one transaction with what it does to what lives. */
@Component
class AgentLifecycle implements DriftedAgents {

    static final int MAX_REASON = 1024;
    private static final String BASELINED = "agent.baselined";
    private static final String TRANSFERRED = "agent.transferred";

    private final AgentRows rows;
    private final JdbcClient jdbc;
    private final AgentHistory history;
    private final Owners owners;
    private final LimitsOfOwners limits;
    private final Audit audit;
    private final ApplicationEventPublisher events;

    AgentLifecycle(
            @Lazy AgentRows rows,
            JdbcClient jdbc,
            AgentHistory history,
            Owners owners,
            LimitsOfOwners limits,
            Audit audit,
            ApplicationEventPublisher events) {
        this.rows = rows;
        this.jdbc = jdbc;
        this.history = history;
        this.owners = owners;
        this.limits = limits;
        this.audit = audit;
        this.events = events;
    }

    @Transactional(RegistryTransactions.NAME)
    public Result<AgentHistoryEntry> move(String name, AgentTransitions transition, AgentTransition asked, String who) {
        return move(name, transition, asked, Probed.NOT, who);
    }

    @Transactional(RegistryTransactions.NAME)
    public Result<AgentHistoryEntry> move(
            String name, AgentTransitions transition, AgentTransition asked, Probed probed, String who) {
        return new Members()
                .text("reason", asked.reason(), MAX_REASON)
                .then(() -> new By(who, asked.reason()))
                .then(by -> change(name, row -> {
                    Agent before = row.agent();
                    if (!transition.startsFrom(before.state())) {
                        return Result.refused(impossible(before));
                    }
                    if (!probed.isOf(before)) {
                        return Result.refused(Problem.conflict("The agent '" + name
                                + "' was changed while its tools were probed; look at it and try again."));
                    }
                    return Result.ok(moved(before, row, transition, by, probed));
                }));
    }

    /**
     * What was probed before an agent is moved.
     *
     * @param version of the agent then; null: nothing was
     * @param probes what was found, for the event; null: nothing was probed
     * @param without why nothing was probed, for the event; null: nobody said
     */
    record Probed(
            @Nullable Long version,
            @Nullable List<String> probes,
            @Nullable String without) {

        static final Probed NOT = new Probed(null, null, null);

        private boolean isOf(Agent agent) {
            return version == null || version == agent.version();
        }
    }

    @Transactional(RegistryTransactions.NAME)
    public Result<AgentHistoryEntry> transfer(String name, AgentTransfer asked, String who) {
        return new Members()
                .text("owner", asked.owner(), AgentChecks.MAX_OWNER_BYTES)
                .text("reason", asked.reason(), MAX_REASON)
                .then(() -> new By(who, asked.reason()))
                .then(by -> change(name, row -> {
                    Agent before = row.agent();
                    String owner = String.valueOf(asked.owner());
                    if (before.state() == Agent.State.RETIRED) {
                        return Result.refused(impossible(before));
                    }
                    if (before.owner().equals(owner)) {
                        return Result.refused(Problem.conflict("The agent '" + name + "' is theirs already.")
                                .with("member", "owner"));
                    }
                    Optional<Problem> gone = owners.refusal(owner);
                    if (gone.isPresent()) {
                        return Result.refused(gone.get());
                    }
                    Optional<Problem> exceeded = limits.refusal(row.spec().withOwner(owner), row.spec());
                    if (exceeded.isPresent()) {
                        return Result.refused(exceeded.get());
                    }
                    row.become(row.spec().withOwner(owner));
                    return Result.ok(recorded(before, row, TRANSFERRED, before.owner(), owner, by));
                }));
    }

    @Override
    @Transactional(RegistryTransactions.NAME)
    public void seen(String name, String reason) {
        By by = new By(AuditEvent.BROKER, reason);
        change(name, row -> {
            Agent before = row.agent();
            if (before.onDrift() != Agent.OnDrift.SUSPEND || !AgentTransitions.SUSPEND.startsFrom(before.state())) {
                return Result.refused(impossible(before));
            }
            return Result.ok(moved(before, row, AgentTransitions.SUSPEND, by, Probed.NOT));
        });
    }

    @Override
    @Transactional(RegistryTransactions.NAME)
    public void approved(Agent asked, Fingerprint declared, String who, String reason) {
        change(asked.name(), row -> {
            Agent before = row.agent();
            Optional<Drift> drift = Drift.between(before.fingerprint(), declared);
            if (!before.id().equals(asked.id())
                    || !before.fingerprint().equals(asked.fingerprint())
                    || drift.isEmpty()) {
                return Result.refused(impossible(before));
            }
            row.become(row.spec().withFingerprint(Drift.over(before.fingerprint(), declared)));
            return Result.ok(recorded(
                    before, row, BASELINED, drift.get().before(), drift.get().now(), new By(who, reason)));
        });
    }

    private AgentHistoryEntry moved(Agent before, AgentRow row, AgentTransitions transition, By by, Probed probed) {
        row.become(row.spec().withState(word(transition.to())));
        return recorded(before, row, transition.kind(), word(before.state()), word(transition.to()), by, probed);
    }

    private Result<AgentHistoryEntry> change(String name, Function<AgentRow, Result<AgentHistoryEntry>> change) {
        // As for every change of an agent: they wait for each other.
        jdbc.sql("LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE").update();
        Optional<AgentRow> row = rows.findByName(name);
        return row.isEmpty()
                ? Result.refused(Problem.notFound("There is no '" + name + "'."))
                : change.apply(row.get());
    }

    private AgentHistoryEntry recorded(
            Agent before, AgentRow row, String kind, @Nullable String was, @Nullable String is, By by) {
        return recorded(before, row, kind, was, is, by, Probed.NOT);
    }

    private AgentHistoryEntry recorded(
            Agent before, AgentRow row, String kind, @Nullable String was, @Nullable String is, By by, Probed probed) {
        AgentRow saved = rows.saveAndFlush(row);
        UUID entry = history.record(saved.agent(), kind, was, is, by);
        audit.record(event(kind, saved.agent(), was, is, by)
                .with("old_version", before.version())
                .with("new_version", saved.version())
                .with("probes", probed.probes())
                .with("without_probe", probed.without()));
        events.publishEvent(new AgentChanged(before, saved.agent(), by.who(), by.reason()));
        return history.get(entry);
    }

    /** What a PUT of the whole resource did to its life, in its transaction and beside its own event. */
    void recordReplaced(Agent before, Agent after, String who) {
        By by = new By(who, null);
        AgentTransitions.between(before.state(), after.state())
                .ifPresent(moved -> record(after, moved.kind(), word(before.state()), word(after.state()), by));
        if (!before.owner().equals(after.owner())) {
            record(after, TRANSFERRED, before.owner(), after.owner(), by);
        }
    }

    void recordCreated(Agent agent, String who) {
        history.record(agent, "agent.created", null, word(agent.state()), new By(who, null));
    }

    private void record(Agent agent, String kind, String was, String is, By by) {
        history.record(agent, kind, was, is, by);
        audit.record(event(kind, agent, was, is, by));
    }

    private static AuditEvent event(String kind, Agent agent, @Nullable String was, @Nullable String is, By by) {
        return AuditEvent.of(kind)
                .by(by.who())
                .agent(agent.name())
                .with("owner", agent.owner())
                .with("before", was)
                .with("after", is)
                .with("reason", by.reason());
    }

    /** Why a PUT may not take an agent from one state to another; empty: it may. */
    static Optional<Problem> refusal(Agent before, AgentResource after) {
        return word(before.state()).equals(after.state())
                        || AgentTransitions.between(before.state(), state(after))
                                .isPresent()
                ? Optional.empty()
                : Optional.of(impossible(before).with("member", "state"));
    }

    private static Agent.State state(AgentResource agent) {
        return Agent.State.valueOf(String.valueOf(agent.state()).toUpperCase(Locale.ROOT));
    }

    private static Problem impossible(Agent agent) {
        return Problem.conflict(
                agent.state() == Agent.State.RETIRED
                        ? "The agent '" + agent.name()
                                + "' is retired, and that is final; register its successor under another name."
                        : "The agent '" + agent.name() + "' is " + word(agent.state()) + "; it can be "
                                + String.join(" or ", AgentTransitions.of(agent.state())) + ".");
    }

    private static String word(Agent.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
