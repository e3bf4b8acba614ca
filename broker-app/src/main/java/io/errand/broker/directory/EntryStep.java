package io.errand.broker.directory;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A change of one entry.
 *
 * @param before null: it is not there yet
 * @param after null: it is deleted
 */
record EntryStep(
        EntryKind kind,
        UUID id,
        @Nullable DirectoryEntry before,
        @Nullable EntryContent after) {

    String name() {
        return before == null
                ? Objects.requireNonNull(after).name()
                : before.content().name();
    }

    @Nullable
    Long version() {
        return before == null ? null : before.version();
    }

    /** The names that end by it. An inactive entry stays as it is: who is back by an administrator's word is not gone again. */
    Set<String> leaving() {
        Set<String> leaving = new HashSet<>();
        if (before != null) {
            leaving.addAll(before.content().activeNames());
        }
        if (after != null) {
            Set<String> fresh = new HashSet<>(after.ownerNames());
            if (before != null) {
                fresh.removeAll(before.content().ownerNames());
            }
            leaving.addAll(fresh);
            leaving.removeAll(after.activeNames());
        }
        return leaving;
    }

    /** The kind of its event. */
    String event() {
        boolean user = kind == EntryKind.USER;
        if (before == null) {
            return user ? "directory.user_created" : "directory.group_created";
        }
        if (after == null) {
            return user ? "directory.user_deleted" : "directory.group_deleted";
        }
        return user ? "directory.user_replaced" : "directory.group_replaced";
    }

    /** What becomes of the names that end. */
    String end() {
        return after == null ? "deleted" : after.active() ? "renamed" : "deactivated";
    }
}
