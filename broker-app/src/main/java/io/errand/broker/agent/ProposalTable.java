package io.errand.broker.agent;

import io.errand.api.ProposalView;
import io.errand.broker.shared.web.SortOrder;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

@Component
class ProposalTable {

    private static final String VIEW = """
            SELECT p.*, coalesce(a.owner, '') AS owner FROM proposal p LEFT JOIN agent a ON a.name = p.agent
            """;

    private final JdbcClient jdbc;

    ProposalTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param narrows whether the ceiling is to lose the actions, or to get them */
    record Open(UUID id, boolean narrows, String tool, List<String> actions) {

        /** Whether the agent is by now as was proposed. */
        boolean isIn(Agent agent) {
            Set<String> has = agent.ceiling().get(tool);
            return narrows
                    ? has == null || actions.stream().noneMatch(has::contains)
                    : has != null && has.containsAll(actions);
        }
    }

    /** Those of one agent are made one after the other, so that the cap is one. */
    void hold(String agent) {
        jdbc.sql("SELECT pg_advisory_xact_lock(name_key('proposal', :agent))")
                .param("agent", agent)
                .query((row, n) -> true)
                .single();
    }

    boolean askedAgain(String agent, String tool, List<String> actions) {
        return jdbc.sql("""
                                UPDATE proposal SET asked = asked + 1, last_asked_at = now()
                                 WHERE agent = :agent AND tool = :tool AND actions = :actions::text[] AND state = 'open'
                                   AND kind = 'widen'
                                """)
                        .param("agent", agent)
                        .param("tool", tool)
                        .param("actions", actions.toArray(String[]::new))
                        .update()
                == 1;
    }

    boolean isDismissed(String kind, String agent, String tool, List<String> actions) {
        return jdbc.sql("""
                        SELECT EXISTS (SELECT FROM proposal
                         WHERE agent = :agent AND tool = :tool AND actions = :actions::text[] AND state = 'dismissed'
                           AND kind = :kind AND closed_at > now() - interval '30 days')
                        """)
                .param("kind", kind)
                .param("agent", agent)
                .param("tool", tool)
                .param("actions", actions.toArray(String[]::new))
                .query(Boolean.class)
                .single();
    }

    int open(String agent) {
        return jdbc.sql("SELECT count(*) FROM proposal WHERE agent = :agent AND state = 'open' AND kind = 'widen'")
                .param("agent", agent)
                .query(Integer.class)
                .single();
    }

    void insert(UUID id, String agent, String tool, List<String> actions, String taskType, String purpose) {
        jdbc.sql("""
                        INSERT INTO proposal (id, agent, tool, actions, task_type, purpose)
                        VALUES (:id, :agent, :tool, :actions::text[], :type, :purpose)
                        """)
                .param("id", id)
                .param("agent", agent)
                .param("tool", tool)
                .param("actions", actions.toArray(String[]::new))
                .param("type", taskType)
                .param("purpose", purpose)
                .update();
    }

    void insertNarrowing(UUID id, String agent, String tool, List<String> actions, String why, String who) {
        jdbc.sql("""
                        INSERT INTO proposal (id, kind, agent, tool, actions, task_type, purpose, proposed_by)
                        VALUES (:id, 'narrow', :agent, :tool, :actions::text[], '', :why, :who)
                        """)
                .param("id", id)
                .param("agent", agent)
                .param("tool", tool)
                .param("actions", actions.toArray(String[]::new))
                .param("why", why)
                .param("who", who)
                .update();
    }

    List<Open> openOf(String agent) {
        return jdbc.sql(
                        "SELECT id, kind, tool, actions FROM proposal WHERE agent = :agent AND state = 'open' FOR UPDATE")
                .param("agent", agent)
                .query((row, n) -> new Open(
                        row.getObject("id", UUID.class),
                        "narrow".equals(row.getString("kind")),
                        row.getString("tool"),
                        texts(row.getArray("actions"))))
                .list();
    }

    /** Its agent; empty: it was closed before. */
    Optional<String> close(UUID id, String state, String who, @Nullable String comment) {
        return jdbc.sql("""
                        UPDATE proposal SET state = :state, closed_at = now(), closed_by = :who, comment = :comment
                         WHERE id = :id AND state = 'open' RETURNING agent
                        """)
                .param("id", id)
                .param("state", state)
                .param("who", who)
                .param("comment", comment)
                .query(String.class)
                .optional();
    }

    Optional<ProposalView> find(UUID id) {
        return jdbc.sql(VIEW + " WHERE p.id = :id")
                .param("id", id)
                .query(ProposalTable::view)
                .optional();
    }

    List<ProposalView> list(
            @Nullable String agent, @Nullable String state, @Nullable UUID after, int rows, SortOrder order) {
        return jdbc.sql(order.in(VIEW + """
                         WHERE (:agent::text IS NULL OR p.agent = :agent) AND (:state::text IS NULL OR p.state = :state)
                           AND (:after::uuid IS NULL OR p.id {after} :after)
                         ORDER BY p.id {order} LIMIT :rows
                        """))
                .param("agent", agent)
                .param("state", state)
                .param("after", after)
                .param("rows", rows)
                .query(ProposalTable::view)
                .list();
    }

    private static ProposalView view(ResultSet row, int n) throws SQLException {
        return new ProposalView(
                row.getString("id"),
                row.getString("kind"),
                row.getString("agent"),
                row.getString("owner"),
                row.getString("tool"),
                texts(row.getArray("actions")),
                row.getString("task_type"),
                row.getString("purpose"),
                row.getString("state"),
                row.getInt("asked"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("last_asked_at", OffsetDateTime.class).toInstant(),
                instant(row.getObject("closed_at", OffsetDateTime.class)),
                row.getString("closed_by"),
                row.getString("comment"),
                row.getString("proposed_by"));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime at) {
        return at == null ? null : at.toInstant();
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
