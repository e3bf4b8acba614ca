package io.errand.broker.lock;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
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
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

@Component
class LockTable implements Locks {

    /** The advisory lock that grants share and a new lock takes alone. */
    private static final long GATE = 0x6572_7261_6e64_0001L;

    private final JdbcClient jdbc;
    private final Audit audit;

    LockTable(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Lock> holdOff(Subjects subjects) {
        shareGate();
        return find(subjects);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Map<Subjects, Lock> holdOff(Collection<Subjects> many) {
        shareGate();
        // What they have in common is asked once: standing locks are a handful, and few of them are about any of these.
        List<Lock> standing = jdbc.sql("""
                        SELECT * FROM lock
                         WHERE lifted_at IS NULL AND (kind = 'all' OR value = ANY (:names::text[])) ORDER BY created_at
                        """)
                .param(
                        "names",
                        many.stream().flatMap(LockTable::names).distinct().toArray(String[]::new))
                .query(LockTable::lock)
                .list();
        Map<Subjects, Lock> stopped = new HashMap<>();
        for (Subjects subjects : many) {
            standing.stream()
                    .filter(lock -> stops(lock.scope(), subjects))
                    .findFirst()
                    .ifPresent(lock -> stopped.put(subjects, lock));
        }
        return stopped;
    }

    /** A statement of its own: the one after it takes its snapshot when the gate is already held. */
    private void shareGate() {
        jdbc.sql("SELECT pg_advisory_xact_lock_shared(:gate)")
                .param("gate", GATE)
                .query((row, n) -> true)
                .single();
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

    /** As {@link #find} has it. */
    private static boolean stops(LockScope scope, Subjects subjects) {
        String value = scope.value();
        return switch (scope.kind()) {
            case ALL -> true;
            case AGENT -> value.equals(subjects.agent());
            case OWNER -> value.equals(subjects.owner());
            case PERSON -> value.equals(subjects.person());
            case TASK -> value.equals(String.valueOf(subjects.task()));
            case TASK_TREE -> value.equals(String.valueOf(subjects.root()));
            case ISSUER -> value.equals(subjects.issuer());
            case TOOL -> subjects.tools().contains(value);
            case LEASE -> false;
        };
    }

    @Override
    public Optional<Lock> find(Subjects subjects) {
        // Uses the index lock_standing; the table of standing locks is a handful of rows.
        return jdbc.sql("""
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
                        """)
                .param("agent", subjects.agent())
                .param("owner", subjects.owner())
                .param("person", subjects.person())
                .param("task", subjects.task() == null ? null : subjects.task().toString())
                .param("root", subjects.root() == null ? null : subjects.root().toString())
                .param("issuer", subjects.issuer())
                .param("tools", subjects.tools().toArray(String[]::new))
                .query(LockTable::lock)
                .optional();
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
