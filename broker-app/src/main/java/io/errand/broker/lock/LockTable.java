package io.errand.broker.lock;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.CurrentTransaction;
import io.errand.broker.shared.CurrentTransaction.Hold;
import io.errand.broker.shared.CurrentTransaction.Sql;
import io.errand.broker.shared.Epoch;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.RoundTrips.Trip;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

@Component
class LockTable implements Locks {

    /** The advisory lock that grants share and a new lock takes alone. */
    private static final long GATE = 0x6572_7261_6e64_0001L;

    /** Uses the index lock_standing; the table of standing locks is a handful of rows. */
    private static final String STANDING = """
            SELECT * FROM lock
             WHERE lifted_at IS NULL AND (
                   kind = 'all'
                OR (kind = 'agent' AND value = :agent::text)
                OR (kind = 'owner' AND value = :owner::text)
                OR (kind = 'person' AND value = :person::text)
                OR (kind = 'task' AND value = :task::text)
                OR (kind = 'task_tree' AND value = :root::text)
                OR (kind = 'issuer' AND value = :issuer::text)
                OR (kind = 'tool' AND value = ANY (:tools::text[])))
             ORDER BY created_at LIMIT 1
            """;

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final Epoch epoch;
    private final Audit audit;

    LockTable(JdbcClient jdbc, CurrentTransaction transaction, Epoch epoch, Audit audit) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.epoch = epoch;
        this.audit = audit;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Lock> holdOff(Subjects subjects) {
        return transaction.hold(holding(subjects));
    }

    @Override
    public Hold<?, Optional<Lock>> holding(Subjects subjects) {
        Map<String, @Nullable Object> values = values(subjects);
        values.put("gate", GATE);
        return new Hold<>(
                new Sql("""
                                SELECT pg_advisory_xact_lock_shared(:gate),
                                       pg_advisory_xact_lock_shared(name_key('agent', :agent::text)),
                                       (SELECT count(pg_advisory_xact_lock_shared(name_key('tool', tool)))
                                          FROM unnest(:tools::text[]) AS tool)
                                """, values),
                new Sql("""
                                SELECT now() AS began, epoch.number, standing.*
                                  FROM epoch LEFT JOIN (
                                """ + STANDING + ") AS standing ON true", values),
                (row, n) -> held(row),
                List::getFirst);
    }

    private Optional<Lock> held(ResultSet row) throws SQLException {
        transaction.began(row.getObject("began", OffsetDateTime.class).toInstant());
        transaction.holds(row.getLong("number"));
        return row.getObject("id") == null ? Optional.empty() : Optional.of(lock(row, 0));
    }

    /** A statement of its own: the one after it takes its snapshot when the gate is already held. */
    @Override
    public void holdOff(Trip trip) {
        trip.ask(
                new Sql("SELECT pg_advisory_xact_lock_shared(:gate)", Map.of("gate", GATE)),
                (row, n) -> true,
                Function.identity());
    }

    @Override
    public Supplier<Map<Subjects, Lock>> standing(Collection<Subjects> many, Trip trip) {
        // What they have in common is asked once: standing locks are a handful, and few of them are about any of these.
        return trip.ask(
                new Sql(
                        """
                        SELECT now() AS began, epoch.number, standing.*
                          FROM epoch LEFT JOIN (
                            SELECT * FROM lock WHERE lifted_at IS NULL AND (kind = 'all' OR value = ANY (:names::text[])))
                            AS standing ON true
                         ORDER BY created_at
                        """,
                        Map.of(
                                "names",
                                many.stream()
                                        .flatMap(LockTable::names)
                                        .distinct()
                                        .toArray(String[]::new))),
                (row, n) -> {
                    epoch.saw(row.getLong("number"));
                    return held(row);
                },
                found -> stopped(many, found));
    }

    private static Map<Subjects, Lock> stopped(Collection<Subjects> many, List<Optional<Lock>> found) {
        List<Lock> standing = found.stream().flatMap(Optional::stream).toList();
        Map<Subjects, Lock> stopped = new HashMap<>();
        for (Subjects subjects : many) {
            standing.stream()
                    .filter(lock -> lock.scope().stops(subjects))
                    .findFirst()
                    .ifPresent(lock -> stopped.put(subjects, lock));
        }
        return stopped;
    }

    private static Stream<String> names(Subjects subjects) {
        return Stream.concat(
                        Stream.of(
                                subjects.agent(),
                                subjects.owner(),
                                subjects.person(),
                                subjects.task(),
                                subjects.root(),
                                subjects.issuer()),
                        subjects.tools().stream())
                .filter(Objects::nonNull)
                .map(Object::toString);
    }

    @Override
    public Optional<Lock> find(Subjects subjects) {
        return jdbc.sql(STANDING)
                .params(values(subjects))
                .query(LockTable::lock)
                .optional();
    }

    private static Map<String, @Nullable Object> values(Subjects subjects) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("agent", subjects.agent());
        values.put("owner", subjects.owner());
        values.put("person", subjects.person());
        values.put("task", subjects.task() == null ? null : subjects.task().toString());
        values.put("root", subjects.root() == null ? null : subjects.root().toString());
        values.put("issuer", subjects.issuer());
        values.put("tools", subjects.tools().toArray(String[]::new));
        return values;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void awaitGrants() {
        jdbc.sql("SELECT pg_advisory_xact_lock(:gate)")
                .param("gate", GATE)
                .query((row, n) -> true)
                .single();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Lock set(LockScope scope, String reason, String who) {
        awaitGrants();
        Lock lock = jdbc.sql("""
                        INSERT INTO lock (id, kind, value, reason, who) VALUES (:id, :kind, :value, :reason, :who)
                        RETURNING *
                        """)
                .param("id", Ids.next())
                .param("kind", scope.kind().word())
                .param("value", scope.value())
                .param("reason", reason)
                .param("who", who)
                .query(LockTable::lock)
                .single();
        audit.record(event("lock.set", lock, who));
        return lock;
    }

    @Override
    public Optional<Lock> byId(UUID id) {
        return jdbc.sql("SELECT * FROM lock WHERE id = :id AND lifted_at IS NULL")
                .param("id", id)
                .query(LockTable::lock)
                .optional();
    }

    @Override
    public List<Lock> standing() {
        return jdbc.sql("SELECT * FROM lock WHERE lifted_at IS NULL ORDER BY created_at")
                .query(LockTable::lock)
                .list();
    }

    @Override
    @Transactional
    public boolean lift(UUID id, String who) {
        Optional<Lock> lifted = jdbc.sql(
                        "UPDATE lock SET lifted_at = now(), lifted_by = :who WHERE id = :id AND lifted_at IS NULL RETURNING *")
                .param("id", id)
                .param("who", who)
                .query(LockTable::lock)
                .optional();
        lifted.ifPresent(lock -> audit.record(event("lock.lifted", lock, who)));
        return lifted.isPresent();
    }

    private static AuditEvent event(String kind, Lock lock, String who) {
        return AuditEvent.of(kind)
                .by(who)
                .agent(
                        lock.scope().kind() == LockScope.Kind.AGENT
                                ? lock.scope().value()
                                : null)
                .with("lock", lock.id().toString())
                .with("scope", lock.scope().json())
                .with("reason", lock.reason());
    }

    private static Lock lock(ResultSet row, int n) throws SQLException {
        return new Lock(
                row.getObject("id", UUID.class),
                new LockScope(
                        LockScope.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)), row.getString("value")),
                row.getString("reason"),
                row.getString("who"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
