package io.errand.broker.directory;

import io.errand.broker.agent.Owners;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The tables {@code directory_entry} and {@code directory_member}. */
@Component
class DirectoryTable {

    /** Of all groups on one page together; a page that would have more is shorter. */
    private static final int MOST_MEMBERS_OF_A_PAGE = 10_000;

    private final JdbcClient jdbc;

    DirectoryTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A part of what was found.
     *
     * @param total of all that were found
     */
    record Found(long total, List<DirectoryEntry> entries) {}

    Optional<DirectoryEntry> find(EntryKind kind, UUID id) {
        return one(kind, id, "");
    }

    /** The same, held until the transaction under way is over. */
    Optional<DirectoryEntry> hold(EntryKind kind, UUID id) {
        return one(kind, id, " FOR UPDATE");
    }

    private Optional<DirectoryEntry> one(EntryKind kind, UUID id, String lock) {
        Optional<DirectoryEntry> entry = jdbc.sql(
                        "SELECT * FROM directory_entry WHERE id = :id AND kind = :kind" + lock)
                .param("id", id)
                .param("kind", kind.wire())
                .query(DirectoryTable::read)
                .optional();
        return entry.map(List::of).map(this::withMembers).map(List::getFirst);
    }

    /** By the indexes directory_entry_kind, _name, _display_name and _external_id. */
    Found list(EntryKind kind, ScimQuery query, boolean members) {
        String where = "kind = :kind AND " + condition(kind, query.attribute());
        String value = query.value() == null ? "" : query.value();
        Map<String, @Nullable Object> parameters = new HashMap<>();
        parameters.put("kind", kind.wire());
        parameters.put("value", value);
        parameters.put("key", Owners.key(value));
        long total = jdbc.sql("SELECT count(*) FROM directory_entry WHERE " + where)
                .params(parameters)
                .query(Long.class)
                .single();
        List<DirectoryEntry> page = jdbc.sql(
                        "SELECT * FROM directory_entry WHERE " + where + " ORDER BY id LIMIT :count OFFSET :skipped")
                .params(parameters)
                .param("count", query.count())
                .param("skipped", query.startIndex() - 1)
                .query(DirectoryTable::read)
                .list();
        return new Found(total, members && kind == EntryKind.GROUP ? withMembers(cut(page)) : page);
    }

    private static String condition(EntryKind kind, ScimQuery.@Nullable Attribute attribute) {
        return switch (attribute) {
            case null -> "true";
            case ID -> "id::text = :value";
            case EXTERNAL_ID -> "external_id = :value";
            case USER_NAME -> "name_key = :key";
            case DISPLAY_NAME -> kind == EntryKind.GROUP ? "name_key = :key" : "lower(display_name) = lower(:value)";
        };
    }

    private List<DirectoryEntry> cut(List<DirectoryEntry> page) {
        Map<UUID, Integer> sizes = new HashMap<>();
        jdbc.sql(
                        "SELECT group_id, count(*) AS members FROM directory_member WHERE group_id = ANY (:ids::uuid[]) GROUP BY group_id")
                .param("ids", ids(page))
                .query((RowCallbackHandler)
                        row -> sizes.put(row.getObject("group_id", UUID.class), row.getInt("members")));
        int members = 0;
        int kept = 0;
        for (DirectoryEntry entry : page) {
            members += sizes.getOrDefault(entry.id(), 0);
            if (kept > 0 && members > MOST_MEMBERS_OF_A_PAGE) {
                break;
            }
            kept++;
        }
        return page.subList(0, kept);
    }

    private List<DirectoryEntry> withMembers(List<DirectoryEntry> entries) {
        Map<UUID, Set<UUID>> members = new HashMap<>();
        jdbc.sql("SELECT group_id, user_id FROM directory_member WHERE group_id = ANY (:ids::uuid[])")
                .param("ids", ids(entries))
                .query((RowCallbackHandler)
                        row -> members.computeIfAbsent(row.getObject("group_id", UUID.class), id -> new HashSet<>())
                                .add(row.getObject("user_id", UUID.class)));
        List<DirectoryEntry> all = new ArrayList<>();
        for (DirectoryEntry entry : entries) {
            EntryContent it = entry.content();
            all.add(new DirectoryEntry(
                    entry.id(),
                    entry.kind(),
                    new EntryContent(
                            it.externalId(),
                            it.name(),
                            it.displayName(),
                            it.email(),
                            it.active(),
                            Set.copyOf(members.getOrDefault(entry.id(), Set.of()))),
                    entry.version(),
                    entry.created(),
                    entry.modified()));
        }
        return all;
    }

    private static String[] ids(List<DirectoryEntry> entries) {
        return texts(entries.stream().map(DirectoryEntry::id).toList());
    }

    private static String[] texts(Collection<UUID> ids) {
        return ids.stream().map(UUID::toString).toArray(String[]::new);
    }

    /** Those of the ids that are no user's. */
    Set<UUID> strangers(Set<UUID> users) {
        Set<UUID> strangers = new HashSet<>(users);
        jdbc.sql("SELECT id FROM directory_entry WHERE id = ANY (:ids::uuid[]) AND kind = 'user'")
                .param("ids", texts(users))
                .query(UUID.class)
                .list()
                .forEach(strangers::remove);
        return strangers;
    }

    /** Those of the names that an active entry has, by the index directory_entry_owner_names. */
    Set<String> present(Collection<String> names, UUID but) {
        return held(names, true, but);
    }

    /** What the directory knows of a name: whether an active entry has it, or an inactive one; empty: none has. */
    Optional<Boolean> active(String name) {
        UUID nobody = new UUID(0, 0);
        if (!held(Set.of(name), true, nobody).isEmpty()) {
            return Optional.of(true);
        }
        return held(Set.of(name), false, nobody).isEmpty() ? Optional.empty() : Optional.of(false);
    }

    private Set<String> held(Collection<String> names, boolean active, UUID but) {
        return Set.copyOf(jdbc.sql("""
                        SELECT DISTINCT held.name FROM directory_entry e, unnest(e.owner_names) AS held(name)
                         WHERE e.owner_names && :names::text[] AND held.name = ANY (:names::text[]) AND e.active = :active AND e.id <> :but
                        """)
                .param("names", names.toArray(String[]::new))
                .param("active", active)
                .param("but", but)
                .query(String.class)
                .list());
    }

    /** Whether a directory has been pushed. */
    boolean hasAny() {
        return jdbc.sql("SELECT EXISTS (SELECT FROM directory_entry WHERE active)")
                .query(Boolean.class)
                .single();
    }

    /** @throws org.springframework.dao.DuplicateKeyException if another user has the name */
    void insert(EntryKind kind, UUID id, EntryContent content) {
        write("""
                INSERT INTO directory_entry (id, kind, external_id, name, name_key, display_name, email, active, owner_names)
                VALUES (:id, :kind, :external_id, :name, :name_key, :display_name, :email, :active, :owner_names::text[])
                """, kind, id, content);
    }

    /** @throws org.springframework.dao.DuplicateKeyException if another user has the name */
    void update(EntryKind kind, UUID id, EntryContent content) {
        write("""
                UPDATE directory_entry
                   SET external_id = :external_id, name = :name, name_key = :name_key, display_name = :display_name,
                       email = :email, active = :active, owner_names = :owner_names::text[], version = version + 1, modified_at = now()
                 WHERE id = :id AND kind = :kind
                """, kind, id, content);
    }

    private void write(String sql, EntryKind kind, UUID id, EntryContent content) {
        jdbc.sql(sql)
                .param("id", id)
                .param("kind", kind.wire())
                .param("external_id", content.externalId())
                .param("name", content.name())
                .param("name_key", Owners.key(content.name()))
                .param("display_name", content.displayName())
                .param("email", content.email())
                .param("active", content.active())
                .param("owner_names", content.ownerNames().toArray(String[]::new))
                .update();
        if (kind == EntryKind.USER) {
            return;
        }
        String[] members = texts(content.members());
        jdbc.sql("DELETE FROM directory_member WHERE group_id = :id AND user_id <> ALL (:members::uuid[])")
                .param("id", id)
                .param("members", members)
                .update();
        jdbc.sql("""
                        INSERT INTO directory_member (group_id, user_id) SELECT :id, unnest(:members::uuid[]) ON CONFLICT DO NOTHING
                        """).param("id", id).param("members", members).update();
    }

    void delete(UUID id) {
        jdbc.sql("DELETE FROM directory_entry WHERE id = :id").param("id", id).update();
    }

    private static DirectoryEntry read(ResultSet row, int n) throws SQLException {
        return new DirectoryEntry(
                row.getObject("id", UUID.class),
                EntryKind.of(row.getString("kind")),
                new EntryContent(
                        row.getString("external_id"),
                        row.getString("name"),
                        row.getString("display_name"),
                        row.getString("email"),
                        row.getBoolean("active"),
                        Set.of()),
                row.getLong("version"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("modified_at", OffsetDateTime.class).toInstant());
    }
}
