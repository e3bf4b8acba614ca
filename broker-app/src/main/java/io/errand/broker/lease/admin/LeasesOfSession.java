package io.errand.broker.lease.admin;

import io.errand.broker.database.Sql;
import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.lease.Revocations;
import io.errand.broker.lease.SessionLeases;
import io.errand.broker.task.Sessions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

@Component
class LeasesOfSession implements SessionLeases {

    private final JdbcClient jdbc;
    private final Revocations revocations;

    LeasesOfSession(JdbcClient jdbc, Revocations revocations) {
        this.jdbc = jdbc;
        this.revocations = revocations;
    }

    @Override
    public Supplier<Map<UUID, Map<String, Set<String>>>> usable(Collection<UUID> tasks, RoundTrip trip) {
        // Uses the index lease_task.
        return trip.ask(
                new Sql("""
                        SELECT id, task_id, tool, actions FROM lease
                         WHERE task_id = ANY (:tasks::uuid[]) AND state = 'active' AND expires_at > now()
                        """, Map.of("tasks", tasks.stream().map(UUID::toString).toArray(String[]::new))),
                LeasesOfSession::held,
                LeasesOfSession::byTask);
    }

    private static Map<UUID, Map<String, Set<String>>> byTask(List<Held> leases) {
        Map<UUID, Map<String, Set<String>>> usable = new HashMap<>();
        leases.forEach(lease -> usable.computeIfAbsent(lease.task(), task -> new HashMap<>())
                .computeIfAbsent(lease.tool(), tool -> new HashSet<>())
                .addAll(lease.actions()));
        return usable;
    }

    @Override
    public List<Held> live(Sessions.Key session) {
        // Uses the indexes task_root and task_agent, then lease_task.
        return jdbc.sql("""
                        SELECT l.id, l.task_id, l.tool, l.actions
                          FROM lease l
                         WHERE l.state IN ('pending', 'active')
                           AND l.task_id IN (
                             SELECT id FROM task WHERE root_id = :root::uuid AND state = 'active'
                              UNION ALL
                             SELECT id FROM task WHERE agent = ANY (:agents) AND state = 'active')
                         ORDER BY l.id
                        """)
                .param("root", session.root().map(UUID::toString).orElse(null))
                .param("agents", session.agents().toArray(String[]::new))
                .query(LeasesOfSession::held)
                .list();
    }

    private static Held held(ResultSet row, int n) throws SQLException {
        return new Held(
                row.getObject("id", UUID.class),
                row.getObject("task_id", UUID.class),
                row.getString("tool"),
                List.of((String[]) row.getArray("actions").getArray()));
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void revoke(Collection<UUID> leases, String reason, String who) {
        revocations.all(leases, reason, who);
    }
}
