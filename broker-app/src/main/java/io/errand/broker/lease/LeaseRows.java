package io.errand.broker.lease;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.api.PolicyQuestion;
import io.errand.broker.credential.StatusIndex;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.Sql;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows, and every change of one: a compare-and-set that changes nothing if somebody else was there first. */
@Component
public class LeaseRows {

    private static final Duration FOR_EVER = Duration.ofDays(36_500);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Places that are looked at together: with ten million taken, once in twelve million times none of them is free. */
    private static final int DRAWN = 32;

    private static final String UNLISTED = """
            INSERT INTO lease (id, task_id, agent, tool, actions, backend, target, binding, state, reference,
                               expires_at, due_at, activated_at, details, cnf, question)
            SELECT :id::uuid, :task::uuid, :agent, :tool, :actions::text[], :backend, :target, :binding::jsonb, :state, :reference,
                   :expires::timestamptz, :due::timestamptz, :activated::timestamptz, :details::jsonb, :cnf::jsonb, :question::jsonb
            """;

    private static final String LISTED = UNLISTED.replace("question)", "question, status_until, status_index)") + """
                   , :expires::timestamptz, place
              FROM unnest(:places::int[]) AS place
             WHERE (SELECT id FROM lease WHERE status_index = place AND state <> 'revoked') IS NULL
             LIMIT 1
                ON CONFLICT (status_index) WHERE status_index IS NOT NULL AND state <> 'revoked' DO NOTHING
            RETURNING status_index
            """;

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final LeaseProperties settings;

    LeaseRows(JdbcClient jdbc, CurrentTransaction transaction, LeaseProperties settings) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.settings = settings;
    }

    /** Those that could not be destroyed often enough to be marked; index lease_irrevocable. */
    public long irrevocable() {
        return count("SELECT count(*) FROM lease WHERE irrevocable AND state <> 'revoked'");
    }

    /** Revoked ones of which something is left that a person must remove; index unresolved_lease_agent. */
    public long disabled() {
        return count("SELECT count(*) FROM unresolved_lease WHERE resolved_at IS NULL");
    }

    private long count(String sql) {
        return jdbc.sql(sql).query(Long.class).single();
    }

    /**
     * When a lease ends, and when its task does.
     *
     * @param status its place on the status lists, known when the transaction has committed; null: it has none
     */
    public record Ends(Term lease, Term task, @Nullable Supplier<StatusIndex> status) {}

    /** A row as it is opened. */
    public record New(
            UUID id, Task task, Tool tool, ToolBinding toolBinding, AuthorizationDetail granted, Leases.Basis basis) {

        private boolean isPart() {
            return granted.datatypes() != null || granted.locations() != null;
        }
    }

    /** @param reference of a credential that exists only here: such a lease is ACTIVE from the first; else it is PENDING */
    public Ends insert(New lease, Function<Term, Optional<String>> reference) {
        Instant now = transaction.now();
        Duration ttl = lease.basis().ttl();
        Instant wanted = now.plus(ttl == null ? FOR_EVER : ttl);
        Instant taskEnd = lease.task().expiresAt();
        Instant end = taskEnd.isBefore(wanted) ? taskEnd : wanted;
        Term term = Term.between(now, end);
        Optional<String> here = reference.apply(term);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", lease.id());
        values.put("task", lease.task().id());
        values.put("agent", lease.task().agent());
        values.put("tool", lease.tool().name());
        values.put("actions", lease.granted().actions().toArray(String[]::new));
        values.put("backend", lease.tool().backend());
        values.put("target", lease.toolBinding().target());
        values.put("binding", Json.mapper().writeValueAsString(lease.toolBinding()));
        values.put("details", lease.isPart() ? Json.mapper().writeValueAsString(lease.granted()) : null);
        Map<String, Object> cnf = lease.basis().cnf();
        values.put("cnf", cnf == null ? null : Json.mapper().writeValueAsString(cnf));
        PolicyQuestion question = lease.basis().question();
        values.put("question", question == null ? null : Json.mapper().writeValueAsString(question));
        values.put("state", here.isPresent() ? "active" : "pending");
        values.put("reference", here.orElse(null));
        values.put("expires", end.atOffset(ZoneOffset.UTC));
        values.put("due", (here.isPresent() ? end : now.plus(settings.pendingTimeout())).atOffset(ZoneOffset.UTC));
        values.put("activated", here.isPresent() ? now.atOffset(ZoneOffset.UTC) : null);
        Supplier<StatusIndex> status = here.isPresent() ? insertListed(values) : null;
        if (status == null) {
            transaction.insert(UNLISTED, values);
        }
        return new Ends(term, Term.between(now, taskEnd), status);
    }

    /**
     * With a place on the status lists, drawn at random: the first of some that no live lease has, by lease_status_index. Where another
     * transaction takes it meanwhile, or none is free, nothing is inserted and others are drawn. They are drawn here, since what the
     * database's {@code random()} gave before tells what it gives next.
     */
    private Supplier<StatusIndex> insertListed(Map<String, @Nullable Object> values) {
        return transaction.insert(
                () -> {
                    Map<String, @Nullable Object> all = new HashMap<>(values);
                    all.put(
                            "places",
                            RANDOM.ints(DRAWN, 0, StatusIndex.LISTS * StatusIndex.SIZE)
                                    .boxed()
                                    .toArray(Integer[]::new));
                    return new Sql(LISTED, all);
                },
                (row, n) -> new StatusIndex(row.getInt("status_index")));
    }

    public Optional<List<String>> datatypes(UUID id) {
        return jdbc.sql("SELECT details FROM lease WHERE id = :id AND details IS NOT NULL")
                .param("id", id)
                .query((row, n) -> Json.mapper().readValue(row.getString("details"), AuthorizationDetail.class))
                .optional()
                .map(AuthorizationDetail::datatypes);
    }

    public Optional<PolicyQuestion> question(UUID id) {
        return jdbc.sql("SELECT question FROM lease WHERE id = :id AND question IS NOT NULL")
                .param("id", id)
                .query((row, n) -> Json.mapper().readValue(row.getString("question"), PolicyQuestion.class))
                .optional();
    }

    /** A row that stays ACTIVE until the transaction under way is over. */
    public record Kept(Ends ends, Instant half) {}

    public Optional<Kept> hold(UUID id) {
        return jdbc.sql("""
                        SELECT l.expires_at, t.expires_at AS task_until, now() AS at, l.status_index,
                               coalesce(l.renewed_at, l.created_at)
                                 + (l.expires_at - coalesce(l.renewed_at, l.created_at)) / 2 AS half
                          FROM lease l JOIN task t ON t.id = l.task_id
                         WHERE l.id = :id AND l.state = 'active' AND l.expires_at > now() FOR SHARE OF l
                        """)
                .param("id", id)
                .query((row, n) -> {
                    Instant now = instant(row, "at");
                    Integer place = row.getObject("status_index", Integer.class);
                    StatusIndex status = place == null ? null : new StatusIndex(place);
                    return new Kept(
                            new Ends(
                                    Term.between(now, instant(row, "expires_at")),
                                    Term.between(now, instant(row, "task_until")),
                                    status == null ? null : () -> status),
                            instant(row, "half"));
                })
                .optional();
    }

    public boolean record(UUID id, int version, String reference) {
        return jdbc.sql("""
                                UPDATE lease SET reference = :reference, version = version + 1
                                 WHERE id = :id AND state = 'pending' AND version = :version
                                """)
                        .param("reference", reference)
                        .param("id", id)
                        .param("version", version)
                        .update()
                == 1;
    }

    /**
     * PENDING to ACTIVE. The task's row is locked against its end: without that, a task that ends between this statement's
     * look and its commit would not see the lease among its active ones.
     */
    public Optional<Was> activate(Made made) {
        return jdbc.sql("""
                        WITH live AS (
                          SELECT t.id FROM task t
                           WHERE t.id = (SELECT task_id FROM lease WHERE id = :id)
                             AND t.state = 'active' AND t.expires_at > now()
                             FOR SHARE)
                        UPDATE lease SET state = 'active', reference = :reference, due_at = expires_at, version = version + 1,
                                         activated_at = now()
                          FROM live
                         WHERE lease.id = :id AND task_id = live.id AND state = 'pending' AND version = :version
                           AND expires_at > now()
                        RETURNING 'pending' AS was, agent, task_id
                        """)
                .param("id", made.id())
                .param("version", made.version())
                .param("reference", made.reference())
                .query((row, n) -> was(row))
                .optional();
    }

    /** A credential that was made for a PENDING lease whose row had that version then. */
    public record Made(UUID id, int version, String reference) {}

    /**
     * The same for many, in one statement that waits for no row: it holds several, and with the wait of another that holds several
     * it could stand still. Those that are missing from the answer are not active, or somebody else held their row or their task's:
     * which of both, {@link #activate(Made)} says.
     */
    public Map<UUID, Was> activate(Collection<Made> made) {
        Map<UUID, Was> active = new HashMap<>();
        jdbc.sql("""
                        WITH made AS (
                          SELECT * FROM unnest(:ids::uuid[], :versions::int[], :references::text[]) AS m(id, version, reference)),
                        live AS (
                          SELECT t.id FROM task t
                           WHERE t.id IN (SELECT task_id FROM lease WHERE id = ANY (:ids::uuid[]))
                             AND t.state = 'active' AND t.expires_at > now()
                             FOR SHARE SKIP LOCKED),
                        free AS (
                          SELECT id FROM lease WHERE id = ANY (:ids::uuid[]) AND state = 'pending' FOR UPDATE SKIP LOCKED)
                        UPDATE lease SET state = 'active', reference = made.reference, due_at = expires_at,
                                         version = lease.version + 1, activated_at = now()
                          FROM made, live, free
                         WHERE lease.id = made.id AND lease.id = free.id AND task_id = live.id AND state = 'pending'
                           AND lease.version = made.version AND expires_at > now()
                        RETURNING lease.id, 'pending' AS was, agent, task_id
                        """)
                .param("ids", made.stream().map(one -> one.id().toString()).toArray(String[]::new))
                .param("versions", made.stream().map(Made::version).toArray(Integer[]::new))
                .param("references", made.stream().map(Made::reference).toArray(String[]::new))
                .query((row, n) -> active.put(row.getObject("id", UUID.class), was(row)))
                .list();
        return active;
    }

    /** Whose lease it is, and the state that it had before the change. */
    public record Was(String state, String agent, UUID task) {}

    private static Was was(ResultSet row) throws SQLException {
        return new Was(row.getString("was"), row.getString("agent"), row.getObject("task_id", UUID.class));
    }

    /** Whatever live state it is in: REVOKING and due. Empty: it is REVOKED. */
    public Optional<Was> abandon(UUID id, String reason, String cause) {
        // A revoking row gets a new version too: a worker that looked before the credential was made must look again.
        return jdbc.sql("""
                        WITH was AS (SELECT id, state FROM lease WHERE id = :id FOR UPDATE)
                        UPDATE lease SET state = 'revoking', version = version + 1, due_at = now(),
                                         reason = coalesce(reason, :reason), last_error = :cause,
                                         revoking_at = coalesce(revoking_at, now())
                          FROM was
                         WHERE lease.id = was.id AND was.state <> 'revoked'
                        RETURNING was.state AS was, agent, task_id
                        """)
                .param("id", id)
                .param("reason", reason)
                .param("cause", capped(cause))
                .query((row, n) -> was(row))
                .optional();
    }

    /** When the authority of each ended and when it was revoked; those that are missing were changed by somebody else before. */
    public Map<UUID, Times> revoked(Collection<Lease> leases) {
        Map<UUID, Times> times = new HashMap<>();
        jdbc.sql("""
                        WITH seen AS (
                          SELECT lease.id FROM lease
                            JOIN jsonb_to_recordset(:leases::jsonb) AS gone(id uuid, version int)
                              ON lease.id = gone.id AND lease.version = gone.version
                           WHERE state = 'revoking' ORDER BY lease.id FOR UPDATE OF lease)
                        UPDATE lease SET state = 'revoked', version = version + 1, revoked_at = now(),
                                         claimed_until = NULL, irrevocable = false
                          FROM seen WHERE lease.id = seen.id
                        RETURNING lease.id, least(revoking_at, expires_at) AS ended_at, revoked_at
                        """)
                .param(
                        "leases",
                        Json.mapper()
                                .writeValueAsString(leases.stream()
                                        .map(lease -> Map.of("id", lease.id(), "version", lease.version()))
                                        .toList()))
                .query((row, n) -> times.put(
                        row.getObject("id", UUID.class),
                        new Times(instant(row, "ended_at"), instant(row, "revoked_at"))))
                .list();
        return times;
    }

    /** @param ended its authority: when it was ended, or its end if no worker came by before */
    public record Times(Instant ended, Instant revoked) {}

    public void attach(Map<UUID, String> receipts) {
        jdbc.sql("""
                        UPDATE lease SET receipt = value
                          FROM jsonb_each_text(:receipts::jsonb) AS written(key, value)
                         WHERE id = key::uuid AND receipt IS NULL
                        """)
                .param("receipts", Json.mapper().writeValueAsString(receipts))
                .update();
    }

    /** After a failed try; false: somebody else was there first. */
    public boolean retry(Lease lease, String cause, boolean irrevocable, Duration delay) {
        return jdbc.sql("""
                                UPDATE lease SET version = version + 1, attempts = attempts + 1, last_error = :cause,
                                                 irrevocable = :irrevocable, claimed_until = NULL,
                                                 due_at = now() + make_interval(secs => :delay)
                                 WHERE id = :id AND state = 'revoking' AND version = :version
                                """)
                        .param("cause", capped(cause))
                        .param("irrevocable", irrevocable)
                        .param("delay", seconds(delay))
                        .param("id", lease.id())
                        .param("version", lease.version())
                        .update()
                == 1;
    }

    /** Looks again then, though never at once: the two clocks may differ. False: somebody else was there first. */
    public boolean linger(Lease lease, Instant until) {
        return jdbc.sql("""
                                UPDATE lease SET version = version + 1, claimed_until = NULL,
                                                 due_at = greatest(:until, now() + interval '1 second')
                                 WHERE id = :id AND state = 'revoking' AND version = :version
                                """)
                        .param("until", OffsetDateTime.ofInstant(until, ZoneOffset.UTC))
                        .param("id", lease.id())
                        .param("version", lease.version())
                        .update()
                == 1;
    }

    public static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    public static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static String capped(String cause) {
        return cause.length() <= 500 ? cause : cause.substring(0, 500);
    }
}
