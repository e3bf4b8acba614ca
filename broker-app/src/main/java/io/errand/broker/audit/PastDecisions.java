package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.broker.shared.web.SortOrder;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The log as a memory of what was decided: events that hold the question which policy was asked. */
@Component
public class PastDecisions {

    private static final String LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff";

    /** How far the replicas' clocks may be off the database's. */
    private static final long CLOCKS_SECONDS = 900;

    private final JdbcClient jdbc;
    private final AuditLog log;

    PastDecisions(JdbcClient jdbc, AuditLog log) {
        this.jdbc = jdbc;
        this.log = log;
    }

    /** What was told of a decision, oldest first: first how it was made. */
    public List<AuditEntry> of(UUID decision) {
        return log.after(null, new AuditLog.Filter(null, null, decision, null, null, null), 10, SortOrder.ASC);
    }

    /** Those with a question since so long ago, newest first, before that one. */
    public List<AuditEntry> since(Duration ago, @Nullable UUID before, int limit) {
        // The primary key: ids are UUIDv7, and begin with the milliseconds of the clock of who made them.
        return jdbc.sql("""
                        SELECT * FROM audit_event
                         WHERE id >= (lpad(to_hex((extract(epoch FROM now() - make_interval(secs => :ago + :clocks)) * 1000)::bigint),
                                           12, '0') || '00000000000000000000')::uuid
                           AND id < :before::uuid
                           AND at >= now() - make_interval(secs => :ago)
                           AND jsonb_exists(details, 'question')
                         ORDER BY id DESC LIMIT :limit
                        """)
                .param("ago", ago.toSeconds())
                .param("clocks", CLOCKS_SECONDS)
                .param("before", before == null ? LAST : before.toString())
                .param("limit", limit)
                .query((row, n) -> AuditLog.read(row))
                .list();
    }
}
