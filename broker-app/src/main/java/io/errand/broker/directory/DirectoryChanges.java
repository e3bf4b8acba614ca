package io.errand.broker.directory;

import io.errand.api.DirectoryChangeView;
import io.errand.api.Json;
import io.errand.broker.agent.Owners;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table {@code directory_change}: changes that wait for an administrator, one for each entry, and what came of them. */
@Component
class DirectoryChanges {

    static final Set<String> STATES = Set.of("pending", "approved", "rejected", "superseded");

    private final JdbcClient jdbc;

    DirectoryChanges(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * One that waits.
     *
     * @param version of the entry when it was asked for; null: the entry is not there yet
     * @param after the entry afterwards; null: it is deleted
     */
    record Waiting(
            UUID id,
            EntryKind kind,
            UUID entry,
            String name,
            @Nullable Long version,
            @Nullable EntryContent after) {}

    /** Of the entry, or of one of that name that is not there yet. */
    Optional<Waiting> waiting(EntryKind kind, UUID entry, String name) {
        return jdbc
                .sql("""
                        SELECT * FROM directory_change
                         WHERE state = 'pending' AND kind = :kind AND (entry_id = :entry OR version IS NULL) ORDER BY id
                        """)
                .param("kind", kind.wire())
                .param("entry", entry)
                .query(DirectoryChanges::read)
                .list()
                .stream()
                .filter(one ->
                        one.entry().equals(entry) || Owners.key(one.name()).equals(Owners.key(name)))
                .findFirst();
    }

    UUID insert(Waiting asked, Collection<String> owners, String who) {
        jdbc.sql("""
                        INSERT INTO directory_change (id, kind, entry_id, name, version, after, owners, asked_by)
                        VALUES (:id, :kind, :entry, :name, :version, :after::jsonb, :owners::text[], :who)
                        """)
                .param("id", asked.id())
                .param("kind", asked.kind().wire())
                .param("entry", asked.entry())
                .param("name", asked.name())
                .param("version", asked.version())
                .param("after", asked.after() == null ? null : Json.mapper().writeValueAsString(asked.after()))
                .param("owners", owners.toArray(String[]::new))
                .param("who", who)
                .update();
        return asked.id();
    }

    /** One that still waits, held until the transaction under way is over. */
    Optional<Waiting> hold(UUID id) {
        return jdbc.sql("SELECT * FROM directory_change WHERE id = :id AND state = 'pending' FOR UPDATE")
                .param("id", id)
                .query(DirectoryChanges::read)
                .optional();
    }

    void close(UUID id, String state, String who, String reason) {
        jdbc.sql("""
                        UPDATE directory_change SET state = :state, decided_by = :who, decided_at = now(), reason = :reason
                         WHERE id = :id
                        """)
                .param("id", id)
                .param("state", state)
                .param("who", who)
                .param("reason", reason)
                .update();
    }

    Optional<DirectoryChangeView> find(UUID id) {
        return jdbc.sql("SELECT * FROM directory_change WHERE id = :id")
                .param("id", id)
                .query(DirectoryChanges::view)
                .optional();
    }

    /** By the index directory_change_state, where a state is named. */
    List<DirectoryChangeView> list(@Nullable String state, @Nullable UUID after, int limit, SortOrder order) {
        return jdbc.sql(order.in("""
                        SELECT * FROM directory_change
                         WHERE (:state::text IS NULL OR state = :state) AND (:after::uuid IS NULL OR id {after} :after::uuid)
                         ORDER BY id {order} LIMIT :limit
                        """))
                .param("state", state)
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query(DirectoryChanges::view)
                .list();
    }

    private static Waiting read(ResultSet row, int n) throws SQLException {
        return new Waiting(
                row.getObject("id", UUID.class),
                EntryKind.of(row.getString("kind")),
                row.getObject("entry_id", UUID.class),
                row.getString("name"),
                row.getObject("version", Long.class),
                after(row));
    }

    private static @Nullable EntryContent after(ResultSet row) throws SQLException {
        String after = row.getString("after");
        return after == null ? null : Json.mapper().readValue(after, EntryContent.class);
    }

    private static DirectoryChangeView view(ResultSet row, int n) throws SQLException {
        OffsetDateTime decided = row.getObject("decided_at", OffsetDateTime.class);
        boolean deletes = row.getString("after") == null;
        return new DirectoryChangeView(
                row.getString("id"),
                row.getString("kind"),
                row.getString("entry_id"),
                row.getString("name"),
                deletes ? "delete" : row.getObject("version") == null ? "create" : "change",
                List.of((String[]) row.getArray("owners").getArray()),
                row.getString("state"),
                row.getString("asked_by"),
                row.getObject("asked_at", OffsetDateTime.class).toInstant(),
                row.getString("decided_by"),
                decided == null ? null : decided.toInstant(),
                row.getString("reason"));
    }
}
