package io.errand.broker.lease;

import io.errand.api.Json;
import io.errand.api.LeaseView;
import io.errand.broker.shared.web.Search;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Leases as callers see them. */
@Component
public class LeaseViews {

    private static final String COLUMNS = """
            SELECT id, task_id, agent, tool, actions, state, created_at, expires_at, irrevocable, reason, receipt,
                   revoking_at, revoked_at, %s FROM lease WHERE
            """;

    /** For whoever holds it: what went wrong at a target is not theirs to know. */
    private static final String SELECT = COLUMNS.formatted("NULL::text AS last_error, NULL::jsonb AS disabled");

    private static final String SELECT_ALL = COLUMNS.formatted("""
            CASE WHEN state <> 'revoked' THEN last_error END AS last_error,
            (SELECT jsonb_build_object('cause', u.cause, 'remedy', u.remedy, 'since', u.since, 'resolved_at', u.resolved_at)
               FROM unresolved_lease u WHERE u.lease_id = lease.id) AS disabled
            """);

    private final JdbcClient jdbc;

    LeaseViews(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    public Optional<LeaseView> find(UUID lease) {
        return jdbc.sql(SELECT + " id = :id")
                .param("id", lease)
                .query((row, n) -> read(row))
                .optional();
    }

    /** One that lingers is looked at again at its end, and no sooner. */
    public Optional<Leases.Ending> ending(UUID lease) {
        return jdbc.sql(SELECT_ALL.replace("receipt,", """
                        receipt, CASE WHEN state = 'revoking' AND last_error IS NULL AND claimed_until IS NULL
                                       AND due_at > now() + interval '2 seconds' THEN due_at END AS lingers,""") + " id = :id")
                .param("id", lease)
                .query((row, n) -> new Leases.Ending(read(row), instant(row, "lingers")))
                .optional();
    }

    /** UUIDv7 sorts by time. */
    public List<LeaseView> ofTask(UUID task) {
        return jdbc.sql(SELECT + " task_id = :task ORDER BY id")
                .param("task", task)
                .query((row, n) -> read(row))
                .list();
    }

    /** Oldest first. */
    public List<LeaseView> ofRevocation(UUID revocation, @Nullable UUID after, int limit) {
        return jdbc.sql(SELECT_ALL + """
                         id IN (SELECT lease_id FROM revocation_lease WHERE revocation_id = :revocation
                                   AND (:after::uuid IS NULL OR lease_id > :after::uuid) ORDER BY lease_id LIMIT :limit)
                         ORDER BY id
                        """)
                .param("revocation", revocation)
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    /**
     * Oldest first. Indexes lease_live_agent and lease_live_tool, else the primary key; and task_came_through with lease_task, for
     * what the agent handed on; and task_root for what is below a task of a type.
     */
    public List<LeaseView> live(Leases.Live which, int limit) {
        return jdbc.sql(SELECT + """
                         id IN (
                           (SELECT id FROM lease
                             WHERE state IN ('pending', 'active')
                               AND (:agent::text IS NULL OR agent = :agent::text)
                               AND (:tool::text IS NULL OR tool = :tool::text)
                               AND (:type::text IS NULL AND :root::uuid IS NULL OR EXISTS (
                                     SELECT FROM task t WHERE t.id = task_id
                                       AND (:type::text IS NULL OR EXISTS (
                                             SELECT FROM task other
                                              WHERE other.root_id = t.root_id AND other.type = :type::text
                                                AND other.state = 'active'))
                                       AND (:root::uuid IS NULL OR t.root_id = :root::uuid)))
                               AND (:after::uuid IS NULL OR id > :after::uuid) AND created_at <= :until
                             ORDER BY id LIMIT :limit)
                           UNION
                           (SELECT l.id FROM task t JOIN lease l ON l.task_id = t.id
                             WHERE t.state = 'active' AND t.actors <> '{}' AND t.actors @> ARRAY[:agent::text]
                               AND l.state IN ('pending', 'active')
                               AND (:tool::text IS NULL OR l.tool = :tool::text)
                               AND (:after::uuid IS NULL OR l.id > :after::uuid) AND l.created_at <= :until
                             ORDER BY l.id LIMIT :limit))
                         ORDER BY id LIMIT :limit
                        """)
                .param("agent", which.agent())
                .param("tool", which.tool())
                .param("type", which.taskType())
                .param("root", which.root() == null ? null : which.root().toString())
                .param("until", which.until())
                .param("after", which.after() == null ? null : which.after().toString())
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    public boolean anyLiveOf(UUID task) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM lease WHERE task_id = :task AND state <> 'revoked')")
                .param("task", task)
                .query(Boolean.class)
                .single();
    }

    public List<LeaseView> search(Search search) {
        return jdbc.sql(search.order().in(SELECT_ALL + """
                         (:agent::text IS NULL OR agent = :agent::text)
                         AND (:task::uuid IS NULL OR task_id = :task::uuid)
                         AND (:tool::text IS NULL OR tool = :tool::text)
                         AND (:state::text IS NULL OR state = :state::text)
                         AND (:older::bigint IS NULL OR created_at < now() - make_interval(secs => :older::bigint))
                         AND (:before::uuid IS NULL OR id {after} :before::uuid)
                         ORDER BY id {order} LIMIT :rows
                        """))
                .params(search.parameters())
                .query((row, n) -> read(row))
                .list();
    }

    private static LeaseView read(ResultSet row) throws SQLException {
        Array actions = row.getArray("actions");
        String disabled = row.getString("disabled");
        return new LeaseView(
                row.getString("id"),
                row.getString("task_id"),
                row.getString("agent"),
                row.getString("tool"),
                List.of((String[]) actions.getArray()),
                row.getString("state"),
                LeaseRows.instant(row, "created_at"),
                LeaseRows.instant(row, "expires_at"),
                row.getBoolean("irrevocable"),
                row.getString("reason"),
                row.getString("receipt"),
                instant(row, "revoking_at"),
                instant(row, "revoked_at"),
                row.getString("last_error"),
                disabled == null ? null : Json.mapper().readValue(disabled, LeaseView.Disabled.class));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
