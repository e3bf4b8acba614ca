package io.errand.broker.introspection;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.api.LeaseView;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** Reads, in one statement, all that introspection needs: the task or lease, the locks that stop it, and the registry version. */
@Component
class IntrospectionQuery {

    /** What locks may be on; and an agent that may not act stands for nothing. */
    private static final String STOPPED = """
            EXISTS (SELECT 1 FROM lock, (SELECT t.agent, t.owner, t.subject AS person, t.id::text AS task,
                                                t.root_id::text AS root,
                                                ARRAY(SELECT split_part(shown, ':', 1) FROM unnest(t.identities) AS shown)
                                                  || t.issuer AS issuers, %s AS tools) AS named
                     WHERE\s""" + Scope.STOPS + """
            ) OR NOT EXISTS (SELECT 1 FROM agent a WHERE a.id = t.agent_id AND a.state = 'active') AS stopped""";

    private static final String TASK = "SELECT t.*, epoch.number, " + STOPPED.formatted("'{}'::text[]")
            + " FROM task t CROSS JOIN epoch WHERE t.id = :id";

    private static final String LEASE = """
            SELECT t.*, epoch.number, l.id AS lease_id, l.tool AS lease_tool, l.actions AS lease_actions,
                   CASE WHEN l.state = 'active' AND l.expires_at <= now() THEN 'revoking' ELSE l.state END
                     AS lease_state,
                   l.created_at AS lease_created_at, l.expires_at AS lease_expires_at,
                   l.details AS lease_details, l.cnf AS lease_cnf,
            """ + STOPPED.formatted("ARRAY[l.tool]") + """
              FROM epoch
              LEFT JOIN (lease l JOIN task t ON t.id = l.task_id)
                ON l.id = :id AND l.state = 'active' AND (:all OR l.tool = ANY (:tools))
            """;

    private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final RegistryVersion registryVersion;

    IntrospectionQuery(JdbcClient jdbc, RegistryVersion registryVersion) {
        this.jdbc = jdbc;
        this.registryVersion = registryVersion;
    }

    /** @param stopped a lock stands on it that the sweep may not have known of, or its agent may not act */
    record OfTask(Task task, boolean stopped) {}

    /** Of which tools the caller may see leases. */
    record Visible(boolean all, Set<String> tools) {}

    /** @param cnf the key that it is bound to; empty: to none */
    record OfLease(LeaseView lease, AuthorizationDetail granted, Map<String, Object> cnf, Task task, boolean stopped) {}

    Optional<OfTask> task(UUID id) {
        // Primary key of task; standing locks are a handful of rows.
        return jdbc.sql(TASK)
                .param("id", id)
                .query((row, n) -> new OfTask(Task.of(row), seen(row)))
                .optional();
    }

    /**
     * Only what is active. Every id is asked for by the same statement, which ends at the lease's own row unless the caller may see
     * it, so that neither rows nor time tell a stranger whether it is one's.
     */
    Optional<OfLease> lease(UUID id, Visible visible) {
        // Primary keys of lease and task; standing locks are a handful of rows.
        return jdbc.sql(LEASE)
                .param("id", id)
                .param("all", visible.all())
                .param("tools", visible.tools().toArray(String[]::new))
                .query((row, n) -> {
                    boolean stopped = seen(row);
                    if (row.getString("lease_id") == null) {
                        return Optional.<OfLease>empty();
                    }
                    Task task = Task.of(row);
                    return Optional.of(new OfLease(lease(row, task), granted(row), cnf(row), task, stopped));
                })
                .single();
    }

    private boolean seen(ResultSet row) throws SQLException {
        registryVersion.saw(row.getLong("number"));
        return row.getBoolean("stopped");
    }

    private static AuthorizationDetail granted(ResultSet row) throws SQLException {
        String details = row.getString("lease_details");
        return details == null
                ? AuthorizationDetail.of(row.getString("lease_tool"), List.of((String[])
                        row.getArray("lease_actions").getArray()))
                : Json.mapper().readValue(details, AuthorizationDetail.class);
    }

    private static Map<String, Object> cnf(ResultSet row) throws SQLException {
        String cnf = row.getString("lease_cnf");
        return cnf == null ? Map.of() : Json.mapper().readValue(cnf, MEMBERS);
    }

    private static LeaseView lease(ResultSet row, Task task) throws SQLException {
        return new LeaseView(
                row.getString("lease_id"),
                task.id().toString(),
                task.agent(),
                row.getString("lease_tool"),
                List.of((String[]) row.getArray("lease_actions").getArray()),
                row.getString("lease_state"),
                row.getObject("lease_created_at", OffsetDateTime.class).toInstant(),
                row.getObject("lease_expires_at", OffsetDateTime.class).toInstant(),
                false,
                null,
                null,
                null,
                null,
                null,
                null);
    }
}
