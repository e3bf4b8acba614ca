package io.errand.broker.tasktype;

import io.errand.api.AgentResource;
import io.errand.api.TaskTypeResource;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Registry;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The task types that administrators registered. A change has live leases of such tasks decided again. */
@Component
class TaskTypeRegistry extends Registry<TaskTypeResource, TaskTypeRow> {

    /** All of them are in the memory of each replica. */
    static final int MOST = 1_000;

    private final TaskTypeRows rows;
    private final Tools tools;
    private final JdbcClient jdbc;
    private final Audit audit;
    private final ApplicationEventPublisher events;

    TaskTypeRegistry(
            @Lazy TaskTypeRows rows, Tools tools, JdbcClient jdbc, Audit audit, ApplicationEventPublisher events) {
        super(rows);
        this.rows = rows;
        this.tools = tools;
        this.jdbc = jdbc;
        this.audit = audit;
        this.events = events;
    }

    @Override
    @Transactional(RegistryTransactions.NAME)
    public Result<Versioned<TaskTypeResource>> put(String name, TaskTypeResource resource, Change change) {
        return TaskTypeChecks.check(name, resource).then(type -> save(name, type, change));
    }

    private Result<Versioned<TaskTypeResource>> save(String name, TaskTypeResource type, Change change) {
        queueUp();
        Optional<TaskTypeRow> row = rows.findByName(name);
        if (isStale(row, change.expected())) {
            return Result.refused(stale("task type", name));
        }
        return missing(row, type, change)
                .or(() -> row.isEmpty() ? full() : Optional.empty())
                .map(Result::<Versioned<TaskTypeResource>>refused)
                .orElseGet(() -> Result.ok(versioned(row.map(old -> replace(old, type, change.who()))
                        .orElseGet(() -> create(name, type, change.who())))));
    }

    @Override
    @Transactional(RegistryTransactions.NAME)
    public Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who) {
        queueUp();
        Optional<TaskTypeRow> found = rows.findByName(name);
        if (found.isEmpty() || isStale(found, expected)) {
            return Result.refused(stale("task type", name));
        }
        rows.delete(found.get());
        rows.flush();
        audit.record(event("task_type.deleted", name, who)
                .with("old_version", found.get().version()));
        events.publishEvent(new TaskTypeChanged(name, who));
        return Result.ok(true);
    }

    /** Changes are rare and wait for each other, so that what was checked is still so when it is written. */
    private void queueUp() {
        jdbc.sql("LOCK TABLE task_type IN SHARE ROW EXCLUSIVE MODE").update();
    }

    /** What was there when it was registered may have gone since; who says the same again says nothing wrong. */
    private Optional<Problem> missing(Optional<TaskTypeRow> row, TaskTypeResource type, Change change) {
        if (change.allowMissing() || row.filter(old -> old.spec().equals(type)).isPresent()) {
            return Optional.empty();
        }
        List<AgentResource.ToolGrant> grants = Objects.requireNonNull(type.tools());
        for (int i = 0; i < grants.size(); i++) {
            AgentResource.ToolGrant grant = grants.get(i);
            Optional<Tool> tool = tools.byName(grant.tool());
            if (tool.isEmpty()) {
                return Optional.of(Problem.unregistered(
                        "tools[" + i + "].tool", "No tool '" + grant.tool() + "' is registered", List.of()));
            }
            if (!tool.get().actions().containsAll(grant.actions())) {
                return Optional.of(Problem.unregistered(
                        "tools[" + i + "].actions",
                        "The tool '" + grant.tool() + "' has no such action",
                        tool.get().actions().stream().sorted().limit(3).toList()));
            }
        }
        return Optional.empty();
    }

    private Optional<Problem> full() {
        int there =
                jdbc.sql("SELECT count(*) FROM task_type").query(Integer.class).single();
        return there < MOST
                ? Optional.empty()
                : Optional.of(Problem.conflict(
                        "There are " + MOST + " task types, which is the most; delete one that nobody declares."));
    }

    private TaskTypeRow create(String name, TaskTypeResource type, String who) {
        TaskTypeRow row = rows.saveAndFlush(new TaskTypeRow(name, type));
        audit.record(event("task_type.created", name, who).with("new_version", row.version()));
        events.publishEvent(new TaskTypeChanged(name, who));
        return row;
    }

    private TaskTypeRow replace(TaskTypeRow row, TaskTypeResource type, String who) {
        if (row.spec().equals(type)) {
            return row;
        }
        long before = row.version();
        row.become(type);
        TaskTypeRow saved = rows.saveAndFlush(row);
        audit.record(event("task_type.replaced", saved.name(), who)
                .with("old_version", before)
                .with("new_version", saved.version()));
        events.publishEvent(new TaskTypeChanged(saved.name(), who));
        return saved;
    }

    private static AuditEvent event(String kind, String type, String who) {
        return AuditEvent.of(kind).by(who).with("task_type", type);
    }
}
