package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.api.TaskDeclaration;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.Search;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;

@Component
class TaskTable implements Tasks {

    static final TypeReference<List<AuthorizationDetail>> CEILING = new TypeReference<>() {};
    static final TypeReference<Map<String, Object>> VOUCHED = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final Endings endings;
    private final LiveTasks live;
    private final TaskProperties settings;

    TaskTable(
            JdbcClient jdbc, CurrentTransaction transaction, Endings endings, LiveTasks live, TaskProperties settings) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.endings = endings;
        this.live = live;
        this.settings = settings;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean hasRoom(UUID agent) {
        return live.hasRoom(agent);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Task declare(Declared declared) {
        return insert(Ids.next(), Optional.empty(), declared, declared.notAfter());
    }

    /** In the transaction under way, which must hold the parent. */
    Task insert(UUID id, Optional<Task> parent, Declared declared, @Nullable Instant notAfter) {
        Instant now = transaction.now();
        Task task = new Task(
                id,
                parent.map(Task::root).orElse(id),
                parent.map(Task::id),
                parent.map(above -> above.depth() + 1).orElse(0),
                parent.map(TaskTable::andAbove).orElse(List.of()),
                parent.map(Task::chain).orElse(List.of()),
                declared.agent().id(),
                declared.agent().name(),
                declared.agent().owner(),
                declared.issuer(),
                Stream.concat(parent.map(Task::identities).orElse(List.of()).stream(), declared.identities().stream())
                        .distinct()
                        .toList(),
                declared.subject(),
                declared.type(),
                declared.purpose(),
                declared.ceiling(),
                Ids.next(),
                declared.senderConstrained(),
                declared.origin(),
                Optional.ofNullable(declared.vouched()).or(() -> parent.flatMap(Task::vouched)),
                Task.State.ACTIVE,
                Optional.empty(),
                Optional.empty(),
                now,
                end(now.plus(declared.ttl()), notAfter),
                Optional.empty());
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", id);
        values.put("root", task.root());
        values.put("parent", task.parent().orElse(null));
        values.put("depth", task.depth());
        values.put("ancestors", task.ancestors().stream().map(UUID::toString).toArray(String[]::new));
        values.put("actors", task.actors().toArray(String[]::new));
        values.put("agentId", task.agentId());
        values.put("agent", task.agent());
        values.put("owner", task.owner());
        values.put("issuer", task.issuer());
        values.put("identities", task.identities().toArray(String[]::new));
        values.put("subject", task.subject());
        values.put("type", task.type());
        values.put("purpose", task.purpose());
        values.put("declaration", Json.mapper().writeValueAsString(kept(declared.declaration())));
        values.put("ceiling", Json.mapper().writeValueAsString(task.ceiling()));
        values.put("token", task.tokenId());
        values.put("bound", task.senderConstrained());
        values.put("origin", task.origin().word());
        values.put(
                "vouched",
                task.vouched()
                        .map(said -> Json.mapper().writeValueAsString(said))
                        .orElse(null));
        values.put("expires", task.expiresAt().atOffset(ZoneOffset.UTC));
        transaction.insert("""
                INSERT INTO task (id, root_id, parent_id, depth, ancestors, actors, agent_id, agent, owner, issuer,
                                  identities, subject, type, purpose, declaration, ceiling, token_id, sender_constrained,
                                  origin, vouched, state, expires_at)
                VALUES (:id, :root, :parent, :depth, :ancestors::uuid[], :actors::text[], :agentId, :agent, :owner,
                        :issuer, :identities::text[], :subject, :type, :purpose, :declaration::jsonb, :ceiling::jsonb, :token, :bound,
                        :origin, :vouched::jsonb, 'active', :expires)
                """, values);
        return task;
    }

    private TaskDeclaration kept(TaskDeclaration said) {
        return settings.keepPrompt() ? said : said.withPrompt(said.promptSha256(), null);
    }

    /** Whole seconds: the token's exp (RFC 7519 §4.1.4) and the row must name the same instant. */
    private static Instant end(Instant wanted, @Nullable Instant notAfter) {
        return (notAfter != null && notAfter.isBefore(wanted) ? notAfter : wanted).truncatedTo(ChronoUnit.SECONDS);
    }

    /** With its fraction: what is cut to an end must not end a second before it. */
    static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static List<UUID> andAbove(Task task) {
        return Stream.concat(task.ancestors().stream(), Stream.of(task.id())).toList();
    }

    @Override
    public Optional<Task> find(UUID id) {
        return jdbc.sql("SELECT * FROM task WHERE id = :id")
                .param("id", id)
                .query(TaskTable::task)
                .optional();
    }

    @Override
    public List<Task> above(Task task) {
        return task.ancestors().isEmpty()
                ? List.of()
                : jdbc.sql("SELECT * FROM task WHERE id = ANY (:ids) ORDER BY depth")
                        .param("ids", task.ancestors().toArray(UUID[]::new))
                        .query(TaskTable::task)
                        .list();
    }

    /** From the top down, as whoever ends a tree goes. */
    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Task> hold(UUID id) {
        List<Task> held = jdbc.sql("""
                        SELECT * FROM task
                         WHERE id = ANY (array_append((SELECT ancestors FROM task WHERE id = :id), :id))
                           AND state = 'active' AND expires_at > now()
                         ORDER BY depth FOR SHARE
                        """).param("id", id).query(TaskTable::task).list();
        return held.isEmpty() || held.size() != held.getLast().depth() + 1
                ? Optional.empty()
                : Optional.of(held.getLast()).filter(task -> task.id().equals(id));
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Task renewToken(UUID id) {
        return jdbc.sql("UPDATE task SET token_id = :token WHERE id = :id RETURNING *")
                .param("id", id)
                .param("token", Ids.next())
                .query(TaskTable::task)
                .single();
    }

    @Override
    @Transactional
    public boolean end(UUID id, Task.State state, @Nullable String outcome, @Nullable String summary, String who) {
        return endings.end(id, state, outcome, summary, who);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Cancelled cancelAll(Scope scope, String who) {
        return endings.cancelAll(scope, who);
    }

    /** Uses the index of the scope's kind: task_shown for a workload, task_subject for a person. */
    @Override
    public List<UUID> trees(Scope scope, int most) {
        return jdbc.sql("SELECT DISTINCT root_id FROM task t WHERE t.state = 'active' AND "
                        + scope.kind().tasks() + " ORDER BY root_id DESC LIMIT :most")
                .param("id", scope.value())
                .param("most", most)
                .query(UUID.class)
                .list();
    }

    @Override
    public boolean anyActive(Scope scope) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM task t WHERE t.state = 'active' AND "
                        + scope.kind().tasks() + ")")
                .param("id", scope.value())
                .query(Boolean.class)
                .single();
    }

    /** One at a time: two that hold the row shared would wait for each other to change it. */
    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Task> hold(Task task, List<String> identities) {
        UUID id = task.id();
        if (task.identities().containsAll(identities)) {
            return hold(id);
        }
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('errand identities of ' || :task::text, 0))")
                .param("task", id.toString())
                .query((row, n) -> true)
                .single();
        return hold(id).map(held -> jdbc.sql("""
                        UPDATE task SET identities = ARRAY(SELECT DISTINCT unnest(identities || :identities::text[]))
                         WHERE id = :id RETURNING *
                        """)
                .param("id", id)
                .param("identities", identities.toArray(String[]::new))
                .query(TaskTable::task)
                .single());
    }

    /** Uses the index task_agent. */
    @Override
    public Map<UUID, List<String>> shown(String agent) {
        Map<UUID, List<String>> shown = new HashMap<>();
        jdbc.sql("""
                        SELECT id, CASE identities WHEN '{}' THEN ARRAY[issuer || ':'] ELSE identities END AS shown
                          FROM task WHERE agent = :agent AND state = 'active'
                        """).param("agent", agent).query(row -> {
            shown.put(row.getObject("id", UUID.class), List.of((String[])
                    row.getArray("shown").getArray()));
        });
        return shown;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void cancelHandedOn(String agent, String who) {
        endings.cancelHandedOn(agent, who);
    }

    /** Uses the index task_parent. */
    @Override
    public List<Task> children(UUID id) {
        return jdbc.sql("SELECT * FROM task WHERE parent_id = :id ORDER BY id")
                .param("id", id)
                .query(TaskTable::task)
                .list();
    }

    /** Uses the index task_parent. */
    @Override
    public List<UUID> below(UUID id) {
        return jdbc.sql("""
                        WITH RECURSIVE below AS (
                          SELECT id FROM task WHERE parent_id = :id
                          UNION ALL
                          SELECT task.id FROM task JOIN below ON task.parent_id = below.id)
                        SELECT id FROM below
                        """).param("id", id).query(UUID.class).list();
    }

    /** {@code task} stands for its whole tree. */
    List<Task> search(Search search) {
        return jdbc.sql(search.order().in("""
                        SELECT * FROM task
                        WHERE (:agent::text IS NULL OR agent = :agent::text)
                          AND (:task::uuid IS NULL OR root_id = (SELECT root_id FROM task WHERE id = :task::uuid))
                          AND (:tool::text IS NULL
                               OR ceiling @> jsonb_build_array(jsonb_build_object('identifier', :tool::text)))
                          AND (:state::text IS NULL OR state = :state::text)
                          AND (:older::bigint IS NULL OR created_at < now() - make_interval(secs => :older::bigint))
                          AND (:before::uuid IS NULL OR id {after} :before::uuid)
                        ORDER BY id {order} LIMIT :rows
                        """))
                .params(search.parameters())
                .query(TaskTable::task)
                .list();
    }

    static Task task(ResultSet row, int n) throws SQLException {
        return Task.of(row);
    }

    static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
