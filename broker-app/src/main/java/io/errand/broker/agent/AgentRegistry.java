package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Registry;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The agents that administrators registered. */
@Component
class AgentRegistry extends Registry<AgentResource, AgentRow> {

    private final AgentRows rows;
    private final JdbcClient jdbc;
    private final Audit audit;
    private final ApplicationEventPublisher events;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<LiveLeasesOfAgent> leases;

    private final ObjectProvider<LiveTasksOfAgent> tasks;
    private final References references;
    private final AgentLifecycle lifecycle;
    private final Owners owners;
    private final LimitsOfOwners limits;

    AgentRegistry(
            @Lazy AgentRows rows,
            JdbcClient jdbc,
            Audit audit,
            ApplicationEventPublisher events,
            ObjectProvider<LiveLeasesOfAgent> leases,
            ObjectProvider<LiveTasksOfAgent> tasks,
            References references,
            AgentLifecycle lifecycle,
            Owners owners,
            LimitsOfOwners limits) {
        super(rows);
        this.rows = rows;
        this.jdbc = jdbc;
        this.audit = audit;
        this.events = events;
        this.leases = leases;
        this.tasks = tasks;
        this.references = references;
        this.lifecycle = lifecycle;
        this.owners = owners;
        this.limits = limits;
    }

    @Override
    @Transactional(RegistryTransactions.NAME)
    public Result<Versioned<AgentResource>> put(String name, AgentResource resource, Change change) {
        String who = change.who();
        return AgentChecks.check(name, resource).then(checked -> {
            queueUp();
            Optional<AgentRow> row = rows.findByName(name);
            AgentResource agent = checked.state() == null
                    ? checked.withState(row.map(AgentRow::state)
                            // A retired one is not changed by who does not know that it is.
                            .filter(state -> !AgentState.RETIRED.equals(state))
                            .orElse(AgentState.ACTIVE))
                    : checked;
            return refusal(name, agent, row, change.expected())
                    .or(() -> missing(row, agent, change))
                    .or(() -> row.flatMap(old -> depends(old, agent, change)))
                    .map(Result::<Versioned<AgentResource>>refused)
                    .orElseGet(() -> Result.ok(versioned(
                            row.map(old -> replace(old, agent, who)).orElseGet(() -> create(name, agent, who)))));
        });
    }

    /**
     * Takes actions on a tool out of the ceiling of an agent, in the transaction under way.
     *
     * @param adopted records it; false: it is not to be done any more
     */
    Result<Versioned<AgentResource>> narrow(
            String name, String tool, Set<String> actions, String who, BooleanSupplier adopted) {
        queueUp();
        Optional<AgentRow> found = rows.findByName(name);
        if (found.isEmpty() || AgentState.RETIRED.equals(found.get().state())) {
            return Result.refused(Problem.conflict("There is no '" + name + "' any more, or it is retired."));
        }
        if (!adopted.getAsBoolean()) {
            return Result.refused(Problem.conflict("This proposal is closed already."));
        }
        return Result.ok(versioned(replace(found.get(), found.get().spec().without(tool, actions), who)));
    }

    @Override
    @Transactional(RegistryTransactions.NAME)
    public Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who) {
        queueUp();
        Optional<AgentRow> found = rows.findByName(name);
        if (found.isEmpty() || isStale(found, expected)) {
            return Result.refused(stale("agent", name));
        }
        awaitGrants(name);
        LiveLeasesOfAgent live = leases.getObject();
        if (live.any(name)) {
            if (AgentState.RETIRED.equals(found.get().state())) {
                return Result.refused(Problem.conflict("The agent '" + name
                        + "' is retired, and not everything of it is gone yet: its identities would be free too early. See"
                        + " `errand agents report " + name + "`."));
            }
            if (!revoke) {
                return Result.refused(Problem.conflict("The agent '" + name
                        + "' has live leases; revoke them first, or repeat with ?revoke=true to do it now."));
            }
        }
        live.revoke(name, "agent_deleted", who);
        rows.delete(found.get());
        rows.flush();
        audit.record(event("agent.deleted", found.get(), who)
                .with("old_version", found.get().version())
                .with("revoke", revoke));
        return Result.ok(true);
    }

    /** Changes are rare and wait for each other, so that what was checked is still so when it is written. */
    private void queueUp() {
        jdbc.sql("LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE").update();
    }

    /** Grants hold the name: those under way are committed, and found by what is asked next, before this goes on. */
    private void awaitGrants(String name) {
        jdbc.sql("SELECT pg_advisory_xact_lock(name_key('agent', :name::text))")
                .param("name", name)
                .query((row, n) -> true)
                .single();
    }

    /** What was there when it was registered may have gone since; who says the same again says nothing wrong. */
    private Optional<Problem> missing(Optional<AgentRow> row, AgentResource agent, Change change) {
        boolean same = row.filter(old -> old.spec().equals(agent)).isPresent();
        return change.allowMissing() || same || AgentState.RETIRED.equals(agent.state())
                ? Optional.empty()
                : references.missing(agent, change.announced());
    }

    /** Why its identities may not become others, if a task goes on by one that it would lose; a retired agent loses all. */
    private Optional<Problem> depends(AgentRow row, AgentResource agent, Change change) {
        List<AgentResource.Identity> before = row.spec().identities();
        boolean ends = AgentState.RETIRED.equals(agent.state());
        if (ends || before == null || Objects.requireNonNull(agent.identities()).containsAll(before)) {
            return Optional.empty();
        }
        awaitGrants(row.name());
        Predicate<String> lost = Identities.of(before).without(Identities.of(agent.identities()));
        LiveTasksOfAgent live = tasks.getObject();
        List<UUID> by = live.shown(row.name()).entrySet().stream()
                .filter(task -> task.getValue().stream().anyMatch(lost))
                .map(Map.Entry::getKey)
                .toList();
        if (!by.isEmpty() && !change.revoke()) {
            return Optional.of(Problem.conflict(
                            "Tasks of the agent '" + row.name()
                                    + "' go on by an identity that it would lose; end them first, or repeat with ?revoke=true to do it now.")
                    .with("member", "identities"));
        }
        live.end(by, change.who());
        return Optional.empty();
    }

    private Optional<Problem> refusal(
            String name, AgentResource agent, Optional<AgentRow> row, @Nullable Long expected) {
        if (isStale(row, expected)) {
            return Optional.of(stale("agent", name));
        }
        Optional<Problem> impossible = row.flatMap(old -> AgentLifecycle.refusal(old.agent(), agent));
        if (impossible.isPresent()) {
            return impossible;
        }
        String owner = String.valueOf(agent.owner());
        Optional<Problem> gone =
                row.filter(old -> owner.equals(old.spec().owner())).isPresent()
                        ? Optional.empty()
                        : owners.refusal(owner);
        if (gone.isPresent()) {
            return gone;
        }
        Optional<Problem> exceeded =
                limits.refusal(agent, row.map(AgentRow::spec).orElse(null));
        if (exceeded.isPresent()) {
            return exceeded;
        }
        return AgentState.RETIRED.equals(agent.state())
                ? Optional.empty()
                : claimed(name, Objects.requireNonNull(agent.identities()));
    }

    private Optional<Problem> claimed(String name, List<AgentResource.Identity> identities) {
        for (int i = 0; i < identities.size(); i++) {
            AgentResource.Identity identity = identities.get(i);
            boolean taken =
                    holders(identity).stream().anyMatch(holder -> !holder.name().equals(name));
            if (taken) {
                return Optional.of(Problem.conflict("The identity '" + said(identity) + "' of the issuer '"
                                + identity.issuer() + "' belongs to another agent; take it from there first.")
                        .with("member", "identities[" + i + "]"));
            }
        }
        return Optional.empty();
    }

    private List<AgentRow> holders(AgentResource.Identity identity) {
        return identity.subject() == null
                ? rows.findByOverlap(identity.issuer(), said(identity))
                : rows.findByIdentity(identity.issuer(), identity.subject()).stream()
                        .toList();
    }

    private static String said(AgentResource.Identity identity) {
        return identity.subject() == null ? String.valueOf(identity.subjectPrefix()) : identity.subject();
    }

    private AgentRow create(String name, AgentResource agent, String who) {
        AgentRow row = rows.saveAndFlush(new AgentRow(name, agent));
        audit.record(event("agent.created", row, who).with("new_version", row.version()));
        lifecycle.recordCreated(row.agent(), who);
        return row;
    }

    private AgentRow replace(AgentRow row, AgentResource agent, String who) {
        if (row.spec().equals(agent)) {
            // Saying the same again changes nothing: approvals that were made for this version stay good.
            return row;
        }
        Agent before = row.agent();
        row.become(agent);
        AgentRow saved = rows.saveAndFlush(row);
        audit.record(event("agent.replaced", saved, who)
                .with("old_version", before.version())
                .with("new_version", saved.version()));
        lifecycle.recordReplaced(before, saved.agent(), who);
        events.publishEvent(new AgentChanged(before, saved.agent(), who, null));
        return saved;
    }

    private static AuditEvent event(String kind, AgentRow row, String who) {
        return AuditEvent.of(kind).by(who).agent(row.name()).with("state", row.state());
    }
}
