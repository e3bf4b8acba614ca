package io.errand.broker.policy.registry;

import io.errand.api.PolicyResource;
import io.errand.api.PolicyVersionView;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.SortOrder;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of policy_version. One is never removed, and of its columns only the status changes. */
@Component
public class PolicyVersions {

    private final JdbcClient jdbc;

    PolicyVersions(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** One version of a set. */
    public record Version(
            UUID id,
            String name,
            int version,
            String status,
            String cedar,
            String author,
            @Nullable String reason,
            OffsetDateTime createdAt,
            @Nullable String pdp) {

        PolicyResource resource() {
            Instant at = createdAt.toInstant();
            return new PolicyResource("Policy", name, cedar, status, reason, version, author, at, pdp, null);
        }

        PolicyVersionView view() {
            return new PolicyVersionView(version, status, author, reason, pdp, createdAt.toInstant());
        }
    }

    /** Until the end of the transaction nobody else saves or deletes a version of this set. */
    void lock(String name) {
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('policy_version/' || :name, 0))")
                .param("name", name)
                .query((row, number) -> true)
                .single();
    }

    /** The one in force, else the latest draft: what {@code GET} shows. */
    Optional<Version> shown(String name) {
        // Index on (name, version).
        return jdbc.sql("""
                        SELECT * FROM policy_version WHERE name = :name AND status IN ('active', 'draft')
                        ORDER BY status = 'active' DESC, version DESC LIMIT 1
                        """).param("name", name).query(Version.class).optional();
    }

    public Optional<Version> numbered(String name, int version) {
        return jdbc.sql("SELECT * FROM policy_version WHERE name = :name AND version = :version")
                .param("name", name)
                .param("version", version)
                .query(Version.class)
                .optional();
    }

    List<Version> shownAfter(@Nullable String name, int limit, SortOrder order) {
        return jdbc.sql(order.in("""
                        SELECT * FROM (
                            SELECT DISTINCT ON (name) * FROM policy_version
                            WHERE (:name::text IS NULL OR name {after} :name::text) AND status IN ('active', 'draft')
                            ORDER BY name, status = 'active' DESC, version DESC) shown
                        ORDER BY name {order} LIMIT :limit
                        """))
                .param("name", name)
                .param("limit", limit)
                .query(Version.class)
                .list();
    }

    /** The highest version number that the set ever had; 0: it never had one. */
    public int latest(String name) {
        return jdbc.sql("SELECT coalesce(max(version), 0) FROM policy_version WHERE name = :name")
                .param("name", name)
                .query(Integer.class)
                .single();
    }

    /** The set's versions after that number, in that order; null: from the first in it. */
    List<Version> after(String name, @Nullable Integer version, int limit, SortOrder order) {
        // Index on (name, version).
        return jdbc.sql(order.in("""
                        SELECT * FROM policy_version WHERE name = :name AND (:version::int IS NULL OR version {after} :version::int)
                        ORDER BY version {order} LIMIT :limit
                        """))
                .param("name", name)
                .param("version", version)
                .param("limit", limit)
                .query(Version.class)
                .list();
    }

    Version activate(String name, int version) {
        return jdbc.sql("""
                        UPDATE policy_version SET status = 'active' WHERE name = :name AND version = :version
                        RETURNING *
                        """)
                .param("name", name)
                .param("version", version)
                .query(Version.class)
                .single();
    }

    /** The version that is no longer in force. */
    Optional<Integer> supersede(String name) {
        return jdbc.sql("""
                        UPDATE policy_version SET status = 'superseded' WHERE name = :name AND status = 'active'
                        RETURNING version
                        """).param("name", name).query(Integer.class).optional();
    }

    Version insert(PolicyResource saved, String name, int version, String status, String author) {
        return jdbc.sql("""
                        INSERT INTO policy_version (id, name, version, status, cedar, author, reason, pdp)
                        VALUES (:id, :name, :version, :status, :cedar, :author, :reason, :pdp)
                        RETURNING *
                        """)
                .param("id", Ids.next())
                .param("name", name)
                .param("version", version)
                .param("status", status)
                .param("cedar", saved.cedar())
                .param("author", author)
                .param("reason", saved.reason())
                .param("pdp", saved.pdp())
                .query(Version.class)
                .single();
    }

    /** Superseded versions stay what they are: history. */
    void delete(String name) {
        jdbc.sql("""
                        UPDATE policy_version SET status = 'deleted' WHERE name = :name AND status IN ('active', 'draft')
                        """).param("name", name).update();
    }
}
