package io.errand.broker.task;

import io.errand.broker.database.CurrentTransaction;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Which implicit task, and which lease of it, stands under a key. The primary key makes two that ask at once one. */
@Component
public class ImplicitTaskTable {

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;

    ImplicitTaskTable(JdbcClient jdbc, CurrentTransaction transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    /** @param live the task, if it has not ended */
    public record Entry(Optional<UUID> live, @Nullable UUID lease) {}

    /** A hint; {@link #hold} confirms it. Uses the primary keys of both. */
    public Optional<Task> find(String key) {
        return jdbc.sql("""
                        SELECT task.* FROM implicit_task i JOIN task ON task.id = i.task_id
                         WHERE i.key = :key AND task.state = 'active' AND task.expires_at > now()
                        """).param("key", key).query((row, n) -> Task.of(row)).optional();
    }

    /** Whoever comes second waits here for the first one's commit, and sees what it left. */
    @Transactional(propagation = Propagation.MANDATORY)
    public Entry hold(String key) {
        jdbc.sql("INSERT INTO implicit_task (key) VALUES (:key) ON CONFLICT (key) DO UPDATE SET key = excluded.key")
                .param("key", key)
                .update();
        return jdbc.sql("""
                        SELECT i.lease_id, t.id AS live FROM implicit_task i
                          LEFT JOIN task t ON t.id = i.task_id AND t.state = 'active' AND t.expires_at > now()
                         WHERE i.key = :key
                        """)
                .param("key", key)
                .query((row, n) -> new Entry(
                        Optional.ofNullable(row.getObject("live", UUID.class)), row.getObject("lease_id", UUID.class)))
                .single();
    }

    @Transactional(propagation = Propagation.MANDATORY)
    public void set(String key, Task task, UUID lease) {
        transaction.insert(
                """
                UPDATE implicit_task SET task_id = :task, lease_id = :lease, expires_at = :expires WHERE key = :key
                """,
                Map.of(
                        "key",
                        key,
                        "task",
                        task.id(),
                        "lease",
                        lease,
                        "expires",
                        task.expiresAt().atOffset(ZoneOffset.UTC)));
    }

    @Scheduled(fixedDelayString = "PT10M")
    void purge() {
        jdbc.sql("DELETE FROM implicit_task WHERE expires_at < now()").update();
    }
}
