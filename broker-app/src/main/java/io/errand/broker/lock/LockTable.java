package io.errand.broker.lock;

import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.database.Sql;
import io.errand.broker.database.SqlPipeline;
import io.errand.broker.database.SqlPipeline.Hold;
import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

@Component
class LockTable implements Locks {

    /** The advisory lock that grants share and a new lock takes alone. */
    private static final long GATE = 0x6572_7261_6e64_0001L;

    /** The standing locks that stop something of what is asked about, with its place there, from one. */
    private static final String STANDING = """
            SELECT named.n, lock.*
              FROM ROWS FROM (jsonb_to_recordset(:asked::jsonb) AS (
                     agent text, owner text, person text, task text, root text, issuers text[], tools text[]))
                   WITH ORDINALITY AS named(agent, owner, person, task, root, issuers, tools, n)
              JOIN lock ON
            """ + Scope.STOPS;

    /** The same, the oldest first, with the epoch; one row without a lock, if there is none. */
    private static final String STANDING_NOW = """
            SELECT now() AS began, epoch.number, standing.* FROM epoch LEFT JOIN (
            """ + STANDING + ") AS standing ON true ORDER BY standing.created_at";

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final SqlPipeline trips;
    private final RegistryVersion registryVersion;
    private final Audit audit;

    LockTable(
            JdbcClient jdbc,
            CurrentTransaction transaction,
            SqlPipeline trips,
            RegistryVersion registryVersion,
            Audit audit) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.trips = trips;
        this.registryVersion = registryVersion;
        this.audit = audit;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Lock> holdOff(Subjects subjects) {
        return trips.hold(holding(subjects));
    }

    @Override
    public Hold<?, Optional<Lock>> holding(Subjects subjects) {
        Map<String, @Nullable Object> held = new HashMap<>();
        held.put("gate", GATE);
        held.put("agent", subjects.agent());
        held.put("tools", subjects.tools().toArray(String[]::new));
        return new Hold<>(
                new Sql("""
                                SELECT pg_advisory_xact_lock_shared(:gate),
                                       pg_advisory_xact_lock_shared(name_key('agent', :agent::text)),
                                       (SELECT count(pg_advisory_xact_lock_shared(name_key('tool', tool)))
                                          FROM unnest(:tools::text[]) AS tool)
                                """, held),
                new Sql(STANDING_NOW, asked(List.of(subjects))),
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
    public void holdOff(RoundTrip trip) {
        trip.ask(
                new Sql("SELECT pg_advisory_xact_lock_shared(:gate)", Map.of("gate", GATE)),
                (row, n) -> true,
                Function.identity());
    }

    @Override
    public Supplier<Map<Subjects, Lock>> standing(Collection<Subjects> many, RoundTrip trip) {
        List<Subjects> asked = List.copyOf(many);
        return trip.ask(
                new Sql(STANDING_NOW, asked(asked)),
                (row, n) -> {
                    registryVersion.saw(row.getLong("number"));
                    int about = row.getInt("n") - 1;
                    return held(row).map(lock -> Map.entry(asked.get(about), lock));
                },
                found -> found.stream()
                        .flatMap(Optional::stream)
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (oldest, later) -> oldest)));
    }

    @Override
    public Optional<Lock> find(Subjects subjects) {
        return jdbc
                .sql(STANDING + " ORDER BY lock.created_at")
                .params(asked(List.of(subjects)))
                .query(LockTable::lock)
                .list()
                .stream()
                .findFirst();
    }

    private static Map<String, Object> asked(List<Subjects> subjects) {
        return Map.of("asked", Json.mapper().writeValueAsString(subjects));
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
    public Lock set(Scope scope, String reason, String who) {
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
                .agent(lock.scope().agent())
                .with("lock", lock.id().toString())
                .with("scope", lock.scope().json())
                .with("reason", lock.reason());
    }

    private static Lock lock(ResultSet row, int n) throws SQLException {
        return new Lock(
                row.getObject("id", UUID.class),
                Scope.stored(row.getString("kind"), row.getString("value")),
                row.getString("reason"),
                row.getString("who"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
