package io.errand.broker.task;

import io.errand.api.TaskDeclaration;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.database.Sql;
import io.errand.broker.database.SqlPipeline.Hold;
import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.task.SessionLedger.Mark;
import io.errand.broker.task.SessionLedger.Tally;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Sessions in the database. Whoever changes one holds its advisory lock until it commits, so that what is decided on a session is
 * decided in turn (no look-then-act race), on whatever replica; who works on other sessions never waits for it.
 */
@Component
class SessionTable implements Sessions {

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final RegistryVersion registryVersion;
    private final SessionProperties settings;
    private final ApplicationEventPublisher events;

    SessionTable(
            JdbcClient jdbc,
            CurrentTransaction transaction,
            RegistryVersion registryVersion,
            SessionProperties settings,
            ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.registryVersion = registryVersion;
        this.settings = settings;
        this.events = events;
    }

    @Override
    public Memory remembered(Key key) {
        Set<UUID> sessions = key.parts();
        Sql tallied = tallied(sessions);
        List<Found> found = new ArrayList<>();
        // The epoch is read beside it: a request that was decided by memory until now knows that it was right to.
        jdbc.sql("SELECT epoch.number, tallied.* FROM epoch LEFT JOIN (" + tallied.text() + ") AS tallied ON true")
                .params(tallied.values())
                .query(row -> {
                    registryVersion.saw(row.getLong("number"));
                    if (row.getObject("session") != null) {
                        found.add(found(row));
                    }
                });
        return new SessionLedger(this, bySession(sessions, found)).memory(key);
    }

    @Override
    public Hold<?, Boolean> holding(Key key, Memory seen, boolean marking) {
        String lock = marking ? "pg_advisory_xact_lock(k)" : "pg_advisory_xact_lock_shared(k)";
        Set<UUID> sessions = key.parts();
        Sql locks = new Sql("SELECT " + lock + " FROM unnest(:keys::bigint[]) AS k", Map.of("keys", locks(sessions)));
        return new Hold<>(
                locks,
                tallied(sessions),
                (row, n) -> found(row),
                found -> new SessionLedger(this, bySession(sessions, found))
                        .memory(key)
                        .isSame(seen, marking));
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void mark(Task task, List<Use> uses) {
        Key key = Key.of(task);
        SessionLedger ledger = ledgerOf(key);
        Memory before = ledger.memory(key);
        uses.forEach(use -> ledger.add(key, use));
        ledger.write();
        Memory news = ledger.memory(key).without(before);
        if (!news.isEmpty()) {
            events.publishEvent(new SessionMarked(key, news, "agent:" + task.agent()));
        }
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void learn(Task child) {
        // Uses the primary key, on both sides.
        jdbc.sql("""
                        INSERT INTO session_entry (session, slot, what, name, n)
                        SELECT DISTINCT :agent::uuid, to_timestamp(floor(extract(epoch FROM now()) / 300) * 300), what, name, 1
                          FROM session_entry WHERE session = :root AND what IN ('label', 'tool')
                            ON CONFLICT DO NOTHING
                        """)
                .param("agent", Key.of(child).everywhere())
                .param("root", child.root())
                .update();
    }

    @Override
    public Ledger open() {
        return new SessionLedger(this);
    }

    private SessionLedger ledgerOf(Key key) {
        SessionLedger ledger = new SessionLedger(this);
        ledger.read(List.of(key));
        return ledger;
    }

    @Override
    public Supplier<Map<UUID, TaskDeclaration>> hold(Collection<UUID> tasks, RoundTrip trip) {
        // In the order of their ids, as everybody who locks several.
        return trip.ask(new Sql("""
                        SELECT id, declaration FROM task
                         WHERE id = ANY (:ids::uuid[]) AND state = 'active' AND expires_at > now()
                         ORDER BY id FOR SHARE
                        """, Map.of("ids", texts(tasks))), DeclaredTask::of, DeclaredTask::byTask);
    }

    @Override
    public Map<UUID, TaskDeclaration> declared(Collection<UUID> tasks) {
        return DeclaredTask.byTask(jdbc.sql("SELECT id, declaration FROM task WHERE id = ANY (:ids::uuid[])")
                .param("ids", texts(tasks))
                .query(DeclaredTask::of)
                .list());
    }

    private static Sql waiting(Collection<UUID> sessions) {
        return new Sql(
                "SELECT k, pg_advisory_xact_lock(k) FROM unnest(:keys::bigint[]) AS k",
                Map.of("keys", locks(sessions)));
    }

    @Transactional(propagation = Propagation.MANDATORY)
    void lock(Collection<UUID> sessions) {
        Sql sql = waiting(sessions);
        jdbc.sql(sql.text()).params(sql.values()).query((row, n) -> true).list();
    }

    /** Which of these sessions are now this transaction's. */
    Supplier<Set<UUID>> lock(Collection<UUID> sessions, boolean patiently, RoundTrip trip) {
        Sql sql = patiently
                ? waiting(sessions)
                : new Sql(
                        "SELECT k FROM unnest(:keys::bigint[]) AS k WHERE pg_try_advisory_xact_lock(k)",
                        Map.of("keys", locks(sessions)));
        return trip.ask(sql, (row, n) -> row.getLong("k"), found -> {
            Set<Long> taken = Set.copyOf(found);
            return sessions.stream()
                    .filter(session -> taken.contains(lock(session)))
                    .collect(Collectors.toUnmodifiableSet());
        });
    }

    /** As of when the trip comes to it, so after those that were added to it before. */
    <T> Supplier<T> tallies(
            Collection<UUID> sessions, RoundTrip trip, Function<Map<UUID, Map<Mark, Tally>>, T> answer) {
        return trip.ask(tallied(sessions), (row, n) -> found(row), found -> answer.apply(bySession(sessions, found)));
    }

    /** Uses the primary key; a session has at most 12 slots an hour. */
    Map<UUID, Map<Mark, Tally>> tallies(Collection<UUID> sessions) {
        Sql sql = tallied(sessions);
        return bySession(
                sessions,
                jdbc.sql(sql.text())
                        .params(sql.values())
                        .query((row, n) -> found(row))
                        .list());
    }

    private Sql tallied(Collection<UUID> sessions) {
        return new Sql("""
                SELECT session, what, name, sum(n)::bigint AS ever,
                       coalesce(sum(n) FILTER (
                         WHERE slot > now() - make_interval(secs => :window) - interval '5 minutes'), 0)::bigint AS recent,
                       coalesce(sum(n) FILTER (
                         WHERE slot > now() - interval '1 day' - interval '5 minutes'), 0)::bigint AS day,
                       bool_or(slot = to_timestamp(floor(extract(epoch FROM now()) / 300) * 300)) AS fresh
                  FROM session_entry WHERE session = ANY (:sessions::uuid[])
                 GROUP BY session, what, name
                """, Map.of("window", settings.window().toSeconds(), "sessions", texts(sessions)));
    }

    private record Found(UUID session, Mark mark, Tally tally) {}

    private static Found found(ResultSet row) throws SQLException {
        return new Found(
                row.getObject("session", UUID.class),
                new Mark(row.getString("what"), row.getString("name")),
                new Tally(row.getLong("ever"), row.getLong("recent"), row.getLong("day"), row.getBoolean("fresh")));
    }

    private static Map<UUID, Map<Mark, Tally>> bySession(Collection<UUID> sessions, List<Found> found) {
        Map<UUID, Map<Mark, Tally>> all = new HashMap<>();
        sessions.forEach(session -> all.put(session, new HashMap<>()));
        found.forEach(
                one -> all.computeIfAbsent(one.session(), id -> new HashMap<>()).put(one.mark(), one.tally()));
        return all;
    }

    /** Each row once; whoever writes holds the lock of its session. */
    void write(List<SessionLedger.Row> rows) {
        transaction.insert(
                """
                INSERT INTO session_entry (session, slot, what, name, n)
                SELECT e.session, to_timestamp(floor(extract(epoch FROM now()) / 300) * 300), e.what, e.name, e.n
                  FROM unnest(:sessions::uuid[], :whats::text[], :names::text[], :counts::bigint[])
                       AS e(session, what, name, n)
                 ORDER BY e.session, e.what, e.name
                    ON CONFLICT (session, slot, what, name) DO UPDATE SET n = session_entry.n + excluded.n
                """,
                Map.of(
                        "sessions",
                        texts(rows.stream().map(SessionLedger.Row::session).toList()),
                        "whats",
                        texts(rows.stream().map(row -> row.mark().what()).toList()),
                        "names",
                        texts(rows.stream().map(row -> row.mark().name()).toList()),
                        "counts",
                        texts(rows.stream().map(SessionLedger.Row::n).toList())));
    }

    /** Every replica does it; what is gone is gone. */
    @Scheduled(fixedDelayString = "PT10M")
    void forget() {
        jdbc.sql("DELETE FROM session_entry WHERE slot < now() - make_interval(secs => :kept)")
                .param("kept", settings.retention().toSeconds())
                .update();
    }

    private static String[] locks(Collection<UUID> sessions) {
        // Sorted, so that two who take several wait for each other instead of dying of a deadlock.
        return texts(
                sessions.stream().map(SessionTable::lock).sorted().distinct().toList());
    }

    private static Long lock(UUID session) {
        return session.getMostSignificantBits() ^ session.getLeastSignificantBits();
    }

    private static String[] texts(Collection<?> values) {
        return values.stream().map(String::valueOf).toArray(String[]::new);
    }
}
