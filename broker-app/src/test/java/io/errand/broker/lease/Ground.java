package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuthorizationDetail;
import io.errand.api.LeaseView;
import io.errand.broker.lease.Leases.Issue;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** What leases stand on: tasks and tools, put there by hand; and the leases, moved in time by hand. */
class Ground {

    final Leases leases;
    final JdbcClient jdbc;
    final TransactionTemplate transaction;

    Ground(Leases leases, JdbcClient jdbc, TransactionTemplate transaction) {
        this.leases = leases;
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    Task task(String agent) {
        UUID id = Ids.next();
        UUID agentId = Ids.next();
        Instant end = jdbc.sql("""
                        INSERT INTO task (id, root_id, depth, agent_id, agent, subject, type, purpose, declaration, ceiling,
                                          token_id, state, expires_at)
                        VALUES (:id, :id, 0, :agentId, :agent, :subject, 'triage', 'to test', '{}', '[]', :id, 'active',
                                now() + interval '10 minutes')
                        RETURNING expires_at
                        """)
                .param("id", id)
                .param("agentId", agentId)
                .param("agent", agent)
                .param("subject", "agent:" + agent)
                .query((row, n) -> LeaseRows.instant(row, "expires_at"))
                .single();
        return new Task(
                id,
                id,
                Optional.empty(),
                0,
                List.of(),
                List.of(),
                agentId,
                agent,
                "",
                "",
                List.of(),
                "agent:" + agent,
                "triage",
                "to test",
                List.of(),
                id,
                false,
                Task.Origin.DECLARED,
                Optional.empty(),
                Task.State.ACTIVE,
                Optional.empty(),
                Optional.empty(),
                Instant.now(),
                end,
                Optional.empty());
    }

    /** A tool of the backend that fails on cue. */
    static Tool cued(String name) {
        return tool(name, "cued", Set.of("read"), Map.of());
    }

    /** The database {@code orders} of the surroundings. */
    static Tool orders(String name) {
        return tool(
                name,
                "postgres",
                Set.of("read", "write"),
                Map.of(
                        "target",
                        "orders",
                        "roles",
                        Map.of("read", List.of("orders_reader"), "write", List.of("orders_writer"))));
    }

    static Tool tool(String name, String backend, Set<String> actions, Map<String, Object> config) {
        return new Tool(
                Ids.next(),
                name,
                0,
                backend,
                new TreeSet<>(actions),
                "internal",
                "test",
                "internal",
                Set.of(),
                List.of(),
                Map.of(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty(),
                config,
                Tool.MarksOn.USE);
    }

    Opened open(Task task, Tool tool) {
        return java.util.Objects.requireNonNull(transaction.execute(status -> leases.open(
                task,
                tool,
                AuthorizationDetail.of(tool.name(), List.of("read")),
                new Leases.Basis(Duration.ofMinutes(5), null, null))));
    }

    Issue issue(Task task, Opened opened) {
        return leases.issue(
                opened,
                Map.of(
                        "task", task.id().toString(),
                        "root", task.root().toString(),
                        "agent", task.agent(),
                        "sub", task.subject()));
    }

    /** An active lease. */
    Opened live(Task task, Tool tool) {
        Opened opened = open(task, tool);
        assertThat(issue(task, opened)).isInstanceOf(Issue.Live.class);
        return opened;
    }

    LeaseView view(UUID lease) {
        return leases.find(lease).orElseThrow();
    }

    String state(UUID lease) {
        return view(lease).state();
    }

    /** Its time has come. */
    void makeDue(UUID lease) {
        jdbc.sql("UPDATE lease SET due_at = now() - interval '1 second', claimed_until = NULL WHERE id = :id")
                .param("id", lease)
                .update();
    }

    List<String> events(UUID lease) {
        return jdbc.sql("SELECT kind FROM audit_event WHERE lease_id = :id ORDER BY at, id")
                .param("id", lease)
                .query(String.class)
                .list();
    }
}
