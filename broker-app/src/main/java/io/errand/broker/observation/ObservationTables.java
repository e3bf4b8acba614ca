package io.errand.broker.observation;

import io.errand.api.ObservedView;
import io.errand.broker.observation.RecordScanner.State;
import io.errand.broker.observation.SourceReader.Progress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** How far sources have been read, and what was seen in them. */
@Component
class ObservationTables {

    /** Rows of one session; what is beyond shares those without an object. */
    private static final int MOST_OF_A_SESSION = 500;

    private final JdbcClient jdbc;

    ObservationTables(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Whether it is this replica's turn, until the transaction's end. */
    boolean tryLock(String source) {
        return jdbc.sql("SELECT pg_try_advisory_xact_lock(hashtext('errand.observation'), hashtext(:source))")
                .param("source", source)
                .query(Boolean.class)
                .single();
    }

    /**
     * How far a file has been read.
     *
     * @param file what the operating system calls it, whatever its name is
     * @param headBytes how many bytes of its beginning the digest is of
     */
    record ReadFile(String file, long place, int headBytes, String headSha256, State state) {}

    /** From now on each file of the source is read from its beginning. */
    boolean isKnown(String source) {
        return jdbc.sql("SELECT EXISTS (SELECT FROM observation_file WHERE source = :source)")
                .param("source", source)
                .query(Boolean.class)
                .single();
    }

    Optional<ReadFile> find(String source, String file) {
        return jdbc.sql("SELECT * FROM observation_file WHERE source = :source AND file = :file")
                .param("source", source)
                .param("file", file)
                .query((row, n) -> new ReadFile(
                        row.getString("file"),
                        row.getLong("place"),
                        row.getInt("head_bytes"),
                        row.getString("head_sha256"),
                        new State(row.getBoolean("skipping"), row.getBoolean("quoted"))))
                .optional();
    }

    /** False, and nothing is kept: somebody else has read on meanwhile. */
    boolean keep(String source, List<Progress> progress) {
        for (Progress one : progress) {
            if (!find(source, one.after().file()).equals(one.before())) {
                return false;
            }
        }
        progress.stream()
                .filter(one -> !one.before().equals(Optional.of(one.after())))
                .forEach(one -> keep(source, one.path(), one.after()));
        return true;
    }

    private void keep(String source, String path, ReadFile file) {
        jdbc.sql("""
                        INSERT INTO observation_file (source, file, path, place, head_bytes, head_sha256, skipping, quoted)
                        VALUES (:source, :file, :path, :place, :head_bytes, :head, :skipping, :quoted)
                        ON CONFLICT (source, file) DO UPDATE
                           SET path = excluded.path, place = excluded.place, head_bytes = excluded.head_bytes,
                               head_sha256 = excluded.head_sha256, skipping = excluded.skipping, quoted = excluded.quoted,
                               read_at = now()
                        """)
                .param("source", source)
                .param("file", file.file())
                .param("path", path)
                .param("place", file.place())
                .param("head_bytes", file.headBytes())
                .param("head", file.headSha256())
                .param("skipping", file.state().skipping())
                .param("quoted", file.state().quoted())
                .update();
    }

    /**
     * When and how often, and whose it is.
     *
     * @param lease that its login is of; null: none
     * @param cause why no lease allows it; null: one does
     */
    record Seen(
            Instant first,
            Instant last,
            long times,
            @Nullable UUID lease,
            @Nullable String cause) {}

    /** A login without a lease is told of when its target had time to say that it turned it away; {@link #told}. */
    void count(String source, String target, Observed seen, Seen when) {
        // The primary key. Files may have changed between a login and what takes it back, so that this is read first.
        jdbc.sql("""
                        INSERT INTO observation (source, session, what, command, object, target, login, lease_id, cause, database,
                                                 address, first_at, last_at, times, tell_at)
                        SELECT :source, :session, :what, :command,
                               CASE WHEN (SELECT count(*) FROM observation WHERE source = :source AND session = :session) < :most
                                    THEN :object ELSE '' END,
                               :target, :login, :lease, :cause, :database, :address, :first, :last, :times,
                               CASE WHEN :waits THEN now() + interval '3 seconds' END
                         WHERE NOT (:login_only AND EXISTS (SELECT FROM observation WHERE source = :source AND session = :session
                                                               AND what = 'rejected'))
                        ON CONFLICT (source, session, what, command, object) DO UPDATE
                           SET times = observation.times + excluded.times, last_at = greatest(observation.last_at, excluded.last_at),
                               cause = coalesce(excluded.cause, observation.cause)
                        """)
                .param("source", source)
                .param("session", seen.session())
                .param("what", seen.what())
                .param("command", seen.command())
                .param("object", seen.object())
                .param("most", MOST_OF_A_SESSION)
                .param("target", target)
                .param("login", seen.login())
                .param("lease", when.lease(), Types.OTHER)
                .param("cause", when.cause(), Types.VARCHAR)
                .param("database", seen.database())
                .param("address", seen.address())
                .param("first", OffsetDateTime.ofInstant(when.first(), ZoneOffset.UTC))
                .param("last", OffsetDateTime.ofInstant(when.last(), ZoneOffset.UTC))
                .param("times", when.times())
                .param("login_only", seen.isLogin())
                .param("waits", seen.isLogin() && when.cause() != null)
                .update();
    }

    /** What was seen of it is to go into the audit log, when more had time to come. */
    void changed(UUID lease) {
        jdbc.sql("""
                        INSERT INTO observation_summary (lease_id, due_at) VALUES (:lease, now() + interval '10 seconds')
                        ON CONFLICT (lease_id) DO UPDATE SET due_at = excluded.due_at
                        """).param("lease", lease).update();
    }

    /** Some that are due; nobody else has them until the transaction's end. Index observation_summary_due. */
    List<UUID> dueSummaries(int limit) {
        return jdbc.sql("""
                        SELECT lease_id FROM observation_summary WHERE due_at <= now()
                         ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
                        """).param("limit", limit).query(UUID.class).list();
    }

    void putOff(UUID lease) {
        jdbc.sql("UPDATE observation_summary SET due_at = now() + interval '30 seconds' WHERE lease_id = :lease")
                .param("lease", lease)
                .update();
    }

    void summarized(UUID lease) {
        jdbc.sql("DELETE FROM observation_summary WHERE lease_id = :lease")
                .param("lease", lease)
                .update();
    }

    /**
     * What one or more sessions of a lease did.
     *
     * @param sessions how many
     * @param times how often, in all of them
     */
    record Summary(
            String target,
            String what,
            String command,
            String object,
            long sessions,
            long times,
            OffsetDateTime firstAt,
            OffsetDateTime lastAt) {}

    /** What was done most often comes first. Index observation_lease. */
    List<Summary> summary(UUID lease) {
        return jdbc.sql("""
                        SELECT target, what, command, object, count(DISTINCT session) AS sessions, sum(times)::bigint AS times,
                               min(first_at) AS first_at, max(last_at) AS last_at
                          FROM observation WHERE lease_id = :lease
                         GROUP BY target, what, command, object ORDER BY sum(times) DESC, target, what, command, object
                        """).param("lease", lease).query(Summary.class).list();
    }

    /** It was no login. */
    void takeBackLogin(String source, String session) {
        // The primary key.
        jdbc.sql("DELETE FROM observation WHERE source = :source AND session = :session AND what = 'login'")
                .param("source", source)
                .param("session", session)
                .update();
    }

    /** Logins without a lease that were not taken back, each once. Index observation_to_tell. */
    List<ObservedView> told(String source) {
        return jdbc.sql("""
                        UPDATE observation SET tell_at = NULL
                         WHERE tell_at <= now() AND source = :source
                        RETURNING *
                        """)
                .param("source", source)
                .query((row, n) -> view(row))
                .list();
    }

    /** So many at most of what is older; how many there were. Index observation_last. */
    int prune(Duration keep, int most) {
        return jdbc.sql("""
                        DELETE FROM observation
                         WHERE ctid = ANY (ARRAY(SELECT ctid FROM observation
                                                  WHERE last_at < now() - make_interval(secs => :seconds) LIMIT :most))
                        """)
                .param("seconds", keep.toSeconds())
                .param("most", most)
                .update();
    }

    /** Alarms that keep no other one back any more. */
    void pruneAlarms() {
        jdbc.sql("DELETE FROM observation_alarm WHERE at < now() - interval '1 day'")
                .update();
    }

    /** Whether it is to be told: not if it was within a minute. */
    boolean isNews(String source, String login, String cause) {
        return jdbc.sql("""
                                INSERT INTO observation_alarm (source, login, cause, at) VALUES (:source, :login, :cause, now())
                                ON CONFLICT (source, login, cause) DO UPDATE SET at = now()
                                 WHERE observation_alarm.at < now() - interval '1 minute'
                                """)
                        .param("source", source)
                        .param("login", login)
                        .param("cause", cause)
                        .update()
                == 1;
    }

    /** Oldest first. Index observation_lease. */
    List<ObservedView> of(List<UUID> leases, int limit) {
        return jdbc.sql(
                        "SELECT * FROM observation WHERE lease_id = ANY (:leases::uuid[]) ORDER BY first_at LIMIT :limit")
                .param("leases", leases.stream().map(UUID::toString).toArray(String[]::new))
                .param("limit", limit)
                .query((row, n) -> view(row))
                .list();
    }

    /** What no lease allowed, at any target, in that time; oldest first. Index observation_unleased. */
    List<ObservedView> unleased(Instant from, Instant until, int limit) {
        return jdbc.sql("""
                        SELECT * FROM observation WHERE cause IS NOT NULL AND last_at >= :from AND first_at <= :until
                         ORDER BY last_at LIMIT :limit
                        """)
                .param("from", OffsetDateTime.ofInstant(from, ZoneOffset.UTC))
                .param("until", OffsetDateTime.ofInstant(until, ZoneOffset.UTC))
                .param("limit", limit)
                .query((row, n) -> view(row))
                .list();
    }

    private static ObservedView view(ResultSet row) throws SQLException {
        return new ObservedView(
                row.getString("source"),
                row.getString("target"),
                row.getString("login"),
                row.getString("lease_id"),
                row.getString("session"),
                row.getString("what"),
                row.getString("command"),
                row.getString("object"),
                row.getString("database"),
                row.getString("address"),
                row.getObject("first_at", OffsetDateTime.class).toInstant(),
                row.getObject("last_at", OffsetDateTime.class).toInstant(),
                row.getLong("times"),
                row.getString("cause"));
    }
}
