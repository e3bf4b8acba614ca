package io.errand.broker.policy.registry;

import io.errand.api.OpenPolicyResource;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Resources;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Open policy sets on record; one that does not fit its schema is not saved. */
@Component
class OpenPolicyRegistry implements Resources<OpenPolicyResource> {

    private final JdbcClient jdbc;
    private final OpenRules rules;
    private final Audit audit;

    OpenPolicyRegistry(JdbcClient jdbc, OpenRules rules, Audit audit) {
        this.jdbc = jdbc;
        this.rules = rules;
        this.audit = audit;
    }

    @Override
    public Optional<Versioned<OpenPolicyResource>> find(String name) {
        return jdbc.sql("SELECT * FROM open_policy WHERE name = :name")
                .param("name", name)
                .query(OpenPolicyRegistry::versioned)
                .optional();
    }

    @Override
    public List<Versioned<OpenPolicyResource>> list(@Nullable String after, int limit, SortOrder order) {
        return jdbc.sql(order.in("SELECT * FROM open_policy WHERE :after::text IS NULL OR name {after} :after::text"
                        + " ORDER BY name {order} LIMIT :limit"))
                .param("after", after)
                .param("limit", limit)
                .query(OpenPolicyRegistry::versioned)
                .list();
    }

    @Override
    @Transactional
    public Result<Versioned<OpenPolicyResource>> put(String name, OpenPolicyResource resource, Change change) {
        Long expected = change.expected();
        String who = change.who();
        String schema = resource.schema();
        String cedar = resource.cedar();
        if (schema == null || cedar == null) {
            return Result.refused(Problem.invalidMember(
                    schema == null ? "schema" : "cedar", "schema and cedar are text, and both are required."));
        }
        if ((resource.kind() != null && !resource.kind().equals("OpenPolicy"))
                || (resource.name() != null && !resource.name().equals(name))) {
            return Result.refused(
                    Problem.invalidMember("name", "kind is OpenPolicy here, and name the name in the path."));
        }
        return rules.read(name, schema, cedar).then(read -> save(name, schema, cedar, expected, who));
    }

    /** Compared and set in one statement: no row comes back if somebody else was there first. */
    private Result<Versioned<OpenPolicyResource>> save(
            String name, String schema, String cedar, @Nullable Long expected, String who) {
        Optional<Versioned<OpenPolicyResource>> saved = jdbc.sql("""
                        INSERT INTO open_policy (name, version, schema, cedar, author)
                        SELECT :name, 1, :schema, :cedar, :who
                         WHERE :expected::bigint IS NULL OR EXISTS (SELECT 1 FROM open_policy WHERE name = :name)
                            ON CONFLICT (name) DO UPDATE
                           SET version = open_policy.version + 1, schema = excluded.schema, cedar = excluded.cedar,
                               author = excluded.author, created_at = now()
                         WHERE :expected::bigint IS NULL OR open_policy.version = :expected::bigint
                        RETURNING *
                        """)
                .param("name", name)
                .param("schema", schema)
                .param("cedar", cedar)
                .param("who", who)
                .param("expected", expected)
                .query(OpenPolicyRegistry::versioned)
                .optional();
        saved.ifPresent(now -> audit.record(
                AuditEvent.of("open_policy.saved").by(who).with("policy", name).with("version", now.version())));
        return saved.map(Result::ok).orElseGet(() -> stale(name));
    }

    @Override
    @Transactional
    public Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who) {
        boolean deleted =
                jdbc.sql("""
                                DELETE FROM open_policy
                                 WHERE name = :name AND (:expected::bigint IS NULL OR version = :expected::bigint)
                                """).param("name", name).param("expected", expected).update() == 1;
        if (!deleted) {
            return stale(name);
        }
        audit.record(AuditEvent.of("open_policy.deleted").by(who).with("policy", name));
        return Result.ok(true);
    }

    private static <T> Result<T> stale(String name) {
        return Result.refused(Problem.stale(
                "Open policy '" + name + "' has changed since that version; GET it again and redo the change."));
    }

    private static Versioned<OpenPolicyResource> versioned(ResultSet row, int n) throws SQLException {
        return new Versioned<>(
                row.getString("name"),
                new OpenPolicyResource(
                        "OpenPolicy", row.getString("name"), row.getString("schema"), row.getString("cedar")),
                row.getLong("version"));
    }
}
