package io.errand.broker.lease.admin;

import io.errand.api.LeaseView;
import io.errand.api.Page;
import io.errand.api.RevocationView;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.LeaseViews;
import io.errand.broker.shared.web.Cursor;
import io.errand.broker.shared.web.SortOrder;
import io.errand.broker.task.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** How far revocations have come, counted when somebody asks. */
@Component
class Manifests {

    private static final String SELECT = """
            SELECT r.id, r.scope_kind, r.scope_value, r.reason, r.who, r.lock_id, r.unknown, r.created_at, progress.*
              FROM revocation r CROSS JOIN LATERAL (
                   SELECT count(*) AS matched,
                          count(*) FILTER (WHERE l.state = 'revoked') AS revoked,
                          count(*) FILTER (WHERE l.state <> 'revoked' AND l.irrevocable) AS irrevocable,
                          percentile_disc(0.5) WITHIN GROUP (ORDER BY l.took) FILTER (WHERE l.state = 'revoked') AS p50,
                          percentile_disc(0.99) WITHIN GROUP (ORDER BY l.took) FILTER (WHERE l.state = 'revoked') AS p99
                     FROM (SELECT lease.state, lease.irrevocable,
                                  extract(epoch FROM greatest(revoked_at - r.created_at, interval '0')) * 1000 AS took
                             FROM revocation_lease m JOIN lease ON lease.id = m.lease_id
                            WHERE m.revocation_id = r.id) AS l) AS progress
            """;

    private final JdbcClient jdbc;
    private final LeaseViews leases;

    Manifests(JdbcClient jdbc, LeaseViews leases) {
        this.jdbc = jdbc;
        this.leases = leases;
    }

    Optional<RevocationView> find(UUID id, @Nullable UUID after, int limit) {
        Optional<RevocationView> progress = jdbc.sql(SELECT + " WHERE r.id = :id")
                .param("id", id)
                .query((row, n) -> read(row))
                .optional();
        return progress.map(view -> withLeases(view, leases.ofRevocation(id, after, limit + 1), limit));
    }

    /** Without their leases. */
    List<RevocationView> list(@Nullable UUID after, int limit, SortOrder order) {
        return jdbc.sql(
                        order.in(
                                SELECT
                                        + " WHERE :after::uuid IS NULL OR r.id {after} :after::uuid ORDER BY r.id {order} LIMIT :limit"))
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    private static RevocationView withLeases(RevocationView v, List<LeaseView> found, int limit) {
        Page<LeaseView> page = Cursor.page(found, limit, LeaseView::id);
        return new RevocationView(
                v.id(),
                v.scope(),
                v.reason(),
                v.who(),
                v.lock(),
                v.unknown(),
                v.createdAt(),
                v.matched(),
                v.revoked(),
                v.pending(),
                v.irrevocable(),
                v.latency(),
                page.items(),
                page.next());
    }

    private static RevocationView read(ResultSet row) throws SQLException {
        Scope scope = Scope.stored(row.getString("scope_kind"), row.getString("scope_value"));
        long matched = row.getLong("matched");
        long revoked = row.getLong("revoked");
        long irrevocable = row.getLong("irrevocable");
        return new RevocationView(
                row.getString("id"),
                scope.json(),
                row.getString("reason"),
                row.getString("who"),
                row.getString("lock_id"),
                row.getBoolean("unknown") ? true : null,
                LeaseRows.instant(row, "created_at"),
                matched,
                revoked,
                matched - revoked - irrevocable,
                irrevocable,
                new RevocationView.Latency(millis(row, "p50"), millis(row, "p99")),
                null,
                null);
    }

    private static @Nullable Long millis(ResultSet row, String column) throws SQLException {
        double value = row.getDouble(column);
        return row.wasNull() ? null : Math.round(value);
    }
}
