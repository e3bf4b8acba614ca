package io.errand.broker.tool;

import io.errand.api.AgentResource;
import io.errand.api.ToolResource;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Registry;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

/** The tools that administrators registered. */
@Component
class ToolRegistry extends Registry<ToolResource, ToolRow> {

    private final ToolRows rows;
    private final ToolChecks checks;
    private final JdbcClient jdbc;
    private final TransactionOperations transactions;
    private final Audit audit;
    private final ApplicationEventPublisher events;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<LiveLeasesOfTool> leases;

    private final ObjectProvider<KnownIssuers> issuers;

    ToolRegistry(
            @Lazy ToolRows rows,
            ToolChecks checks,
            JdbcClient jdbc,
            @Lazy @Qualifier(RegistryTransactions.NAME) PlatformTransactionManager transactions,
            Audit audit,
            ApplicationEventPublisher events,
            ObjectProvider<LiveLeasesOfTool> leases,
            ObjectProvider<KnownIssuers> issuers) {
        super(rows);
        this.rows = rows;
        this.checks = checks;
        this.jdbc = jdbc;
        this.transactions = new TransactionTemplate(transactions);
        this.audit = audit;
        this.events = events;
        this.leases = leases;
        this.issuers = issuers;
    }

    @Override
    public Result<Versioned<ToolResource>> put(String name, ToolResource resource, Change change) {
        return put(name, resource, change, true);
    }

    /**
     * The checks ask the target, and no transaction waits for a target.
     *
     * @param probe whether the target makes a credential and ends it again first
     */
    Result<Versioned<ToolResource>> put(String name, ToolResource resource, Change change, boolean probe) {
        return checks.check(name, resource, probe)
                .then(tool -> Objects.requireNonNull(transactions.execute(tx -> save(name, tool, change))));
    }

    private Result<Versioned<ToolResource>> save(String name, ToolResource tool, Change change) {
        String who = change.who();
        queueUp();
        Optional<ToolRow> row = rows.findByName(name);
        if (isStale(row, change.expected())) {
            return Result.refused(stale("tool", name));
        }
        return claimed(name, Objects.requireNonNull(tool.locations()))
                .or(() -> missing(row, tool, change))
                .map(Result::<Versioned<ToolResource>>refused)
                .orElseGet(() -> Result.ok(
                        versioned(row.map(old -> replace(old, tool, who)).orElseGet(() -> create(name, tool, who)))));
    }

    @Override
    @Transactional(RegistryTransactions.NAME)
    public Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who) {
        queueUp();
        Optional<ToolRow> found = rows.findByName(name);
        if (found.isEmpty() || isStale(found, expected)) {
            return Result.refused(stale("tool", name));
        }
        // Grants hold the name: those under way are committed, and found below, before this goes on.
        jdbc.sql("SELECT pg_advisory_xact_lock(name_key('tool', :name::text))")
                .param("name", name)
                .query((row, n) -> true)
                .single();
        LiveLeasesOfTool live = leases.getObject();
        if (live.any(name)) {
            if (!revoke) {
                return Result.refused(Problem.conflict("The tool '" + name
                        + "' has live leases; revoke them first, or repeat with ?revoke=true to do it now."));
            }
            live.revoke(name, "tool_deleted", who);
        }
        rows.delete(found.get());
        rows.flush();
        audit.record(event("tool.deleted", name, who)
                .with("old_version", found.get().version())
                .with("revoke", revoke));
        return Result.ok(true);
    }

    /** Changes are rare and wait for each other, so that what was checked is still so when it is written. */
    private void queueUp() {
        jdbc.sql("LOCK TABLE tool IN SHARE ROW EXCLUSIVE MODE").update();
    }

    private Optional<Problem> claimed(String name, List<String> locations) {
        for (int i = 0; i < locations.size(); i++) {
            Optional<ToolRow> holder = rows.findByLocation(locations.get(i));
            if (holder.isPresent() && !holder.get().name().equals(name)) {
                return Optional.of(Problem.conflict("The location '" + locations.get(i)
                                + "' belongs to another tool; take it from there first.")
                        .with("member", "locations[" + i + "]"));
            }
        }
        return Optional.empty();
    }

    /** What was there when it was registered may have gone since; who says the same again says nothing wrong. */
    private Optional<Problem> missing(Optional<ToolRow> row, ToolResource tool, Change change) {
        if (change.allowMissing() || row.filter(old -> old.spec().equals(tool)).isPresent()) {
            return Optional.empty();
        }
        List<AgentResource.Identity> identities = Objects.requireNonNull(tool.identities());
        for (int i = 0; i < identities.size(); i++) {
            String issuer = identities.get(i).issuer();
            if (!issuers.getObject().isRegistered(issuer)) {
                return Optional.of(Problem.unregistered(
                        "identities[" + i + "].issuer",
                        "No issuer '" + issuer + "' is registered",
                        issuers.getObject().nearest(issuer)));
            }
        }
        return Optional.empty();
    }

    private ToolRow create(String name, ToolResource tool, String who) {
        ToolRow row = rows.saveAndFlush(new ToolRow(name, tool));
        audit.record(event("tool.created", name, who).with("new_version", row.version()));
        return row;
    }

    private ToolRow replace(ToolRow row, ToolResource tool, String who) {
        if (row.spec().equals(tool)) {
            // Saying the same again changes nothing: approvals that were made for this version stay good.
            return row;
        }
        Tool before = row.tool();
        row.become(tool);
        ToolRow saved = rows.saveAndFlush(row);
        audit.record(event("tool.replaced", saved.name(), who)
                .with("old_version", before.version())
                .with("new_version", saved.version()));
        events.publishEvent(new ToolChanged(before, saved.tool(), who));
        return saved;
    }

    private static AuditEvent event(String kind, String tool, String who) {
        return AuditEvent.of(kind).by(who).with("tool", tool);
    }
}
