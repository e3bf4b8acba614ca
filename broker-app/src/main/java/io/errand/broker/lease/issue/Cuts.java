package io.errand.broker.lease.issue;

import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.Leases.Cut;
import io.errand.broker.lease.Leases.Limits;
import io.errand.broker.lease.Revocations;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** An earlier end than was granted, because its limits are shorter now (P3). The worker sees it gone at the target by then. */
@Component
class Cuts {

    private final JdbcClient jdbc;
    private final Revocations revocations;

    Cuts(JdbcClient jdbc, Revocations revocations) {
        this.jdbc = jdbc;
        this.revocations = revocations;
    }

    @Transactional(propagation = Propagation.MANDATORY)
    Optional<Cut> to(UUID lease, Limits limits) {
        Optional<Cut> cut = jdbc.sql("""
                        WITH held AS (
                          SELECT l.expires_at AS was, now() AS at,
                                 least(coalesce(l.renewed_at, l.created_at) + make_interval(secs => :lease),
                                       :end::timestamptz) AS until
                            FROM lease l WHERE l.id = :id AND l.state IN ('pending', 'active') FOR UPDATE)
                        SELECT was, until, until <= at AS past FROM held WHERE until < was
                        """)
                .param("lease", limits.ofLease() == null ? null : LeaseRows.seconds(limits.ofLease()))
                .param("end", limits.notAfter().atOffset(ZoneOffset.UTC))
                .param("id", lease)
                .query((row, n) -> cut(row))
                .optional();
        cut.filter(found -> !found.past()).ifPresent(found -> end(lease, found));
        return cut;
    }

    private static Cut cut(ResultSet row) throws SQLException {
        return new Cut(LeaseRows.instant(row, "was"), LeaseRows.instant(row, "until"), row.getBoolean("past"));
    }

    /**
     * An active lease gets a new version, so that a renewal under way does not take its end back to what it was. A pending one
     * keeps its version and its due time: its maker may go on, and makes it due at the end that stands in its row by then.
     */
    private void end(UUID lease, Cut cut) {
        jdbc.sql("""
                        UPDATE lease SET expires_at = :until,
                                         due_at = CASE state WHEN 'active' THEN :until ELSE due_at END,
                                         version = version + CASE state WHEN 'active' THEN 1 ELSE 0 END
                         WHERE id = :id AND state IN ('pending', 'active')
                        """)
                .param("until", OffsetDateTime.ofInstant(cut.until(), ZoneOffset.UTC))
                .param("id", lease)
                .update();
        revocations.wake();
    }
}
