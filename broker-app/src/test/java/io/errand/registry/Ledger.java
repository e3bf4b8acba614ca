package io.errand.registry;

import io.errand.broker.shared.Ids;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What tests put into, and read from, tables that other rooms write. */
final class Ledger {

    private final JdbcClient jdbc;

    Ledger(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    UUID liveLease(String agent, String tool) {
        UUID task = Ids.next();
        UUID lease = Ids.next();
        jdbc.sql("""
                        INSERT INTO task (id, root_id, depth, agent_id, agent, subject, type, purpose, declaration, ceiling,
                            token_id, state, expires_at)
                        VALUES (:id, :id, 0, :id, :agent, 'agent:' || :agent, 'triage', 'p', '{}', '[]', :id, 'active',
                            now() + interval '1 hour')
                        """).param("id", task).param("agent", agent).update();
        jdbc.sql("""
                        INSERT INTO lease (id, task_id, agent, tool, actions, backend, binding, state, expires_at, due_at)
                        VALUES (:id, :task, :agent, :tool, '{read}', 'fake', '{"tool":"t","actions":["read"],"config":{}}',
                            'active', now() + interval '1 hour', now() + interval '1 hour')
                        """)
                .param("id", lease)
                .param("task", task)
                .param("agent", agent)
                .param("tool", tool)
                .update();
        return lease;
    }

    String leaseState(UUID lease) {
        return jdbc.sql("SELECT state FROM lease WHERE id = :id")
                .param("id", lease)
                .query(String.class)
                .single();
    }

    /** Kind, who and details of the events about an agent or a tool, oldest first. */
    List<Map<String, Object>> events(String room, String name) {
        return jdbc.sql("""
                        SELECT kind, who, (details->>'old_version')::int AS old, (details->>'new_version')::int AS new
                        FROM audit_event
                        WHERE kind LIKE :room || '.%' AND (agent = :name OR details->>'tool' = :name)
                        ORDER BY id
                        """).param("room", room).param("name", name).query().listOfRows();
    }
}
