package io.errand.broker.lease.admin;

import io.errand.broker.shared.Nearest;
import io.errand.broker.task.Scope;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Whether there is anything by the name of a scope: registered, or of a task or lease that is live. A person is known once a task
 * was declared for them, whatever became of it.
 */
@Component
class ScopeNames {

    /** More than a mistake is looked for in. */
    private static final int MOST = 10_000;

    private final JdbcClient jdbc;

    ScopeNames(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    boolean isKnown(Scope scope) {
        String active = " OR EXISTS (SELECT 1 FROM task t WHERE t.state = 'active' AND "
                + scope.kind().tasks() + ")";
        return switch (scope.kind()) {
            case ALL -> true;
            case AGENT -> exists("agent WHERE name = :id)" + active, scope);
            case OWNER -> exists("agent WHERE owner = :id)" + active, scope);
            case ISSUER -> exists("issuer WHERE name = :id)" + active, scope);
            // Uses the index task_person.
            case PERSON -> exists("task WHERE subject = :id AND subject LIKE 'person:%')", scope);
            case TASK, TASK_TREE -> exists("task WHERE id = :id::uuid)", scope);
            case TOOL ->
                exists(
                        "tool WHERE name = :id) OR EXISTS (SELECT 1 FROM lease WHERE tool = :id AND state <> 'revoked')",
                        scope);
            case LEASE -> exists("lease WHERE id = :id::uuid)", scope);
            case WORKLOAD -> exists("task WHERE false)" + active, scope);
        };
    }

    private boolean exists(String rows, Scope scope) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM " + rows)
                .param("id", scope.value())
                .query(Boolean.class)
                .single();
    }

    /** What may have been meant; of an id, nothing. */
    List<String> nearest(Scope scope) {
        return switch (scope.kind()) {
            case AGENT -> nearest("SELECT name FROM agent", scope);
            case OWNER -> nearest("SELECT DISTINCT owner FROM agent", scope);
            case ISSUER -> nearest("SELECT name FROM issuer", scope);
            case TOOL -> nearest("SELECT name FROM tool", scope);
            // Those of today before those of last year.
            case PERSON -> nearest("""
                        SELECT DISTINCT subject FROM (SELECT subject FROM task WHERE subject LIKE 'person:%'
                                                       ORDER BY id DESC LIMIT 10000) AS lately
                        """, scope);
            case TASK, TASK_TREE, LEASE, WORKLOAD, ALL -> List.of();
        };
    }

    private List<String> nearest(String names, Scope scope) {
        return Nearest.to(
                scope.value(),
                jdbc.sql(names + " LIMIT " + MOST).query(String.class).list());
    }
}
