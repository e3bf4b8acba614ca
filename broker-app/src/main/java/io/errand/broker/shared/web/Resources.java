package io.errand.broker.shared.web;

import io.errand.broker.shared.Result;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A registry of named resources, as its endpoints see it. */
public interface Resources<R> {

    /** A resource and the version that its {@code ETag} names. */
    record Versioned<R>(String name, R resource, long version) {}

    Optional<Versioned<R>> find(String name);

    /**
     * Some, by their names.
     *
     * @param after the last one of the page before; null: from the first in that order
     */
    List<Versioned<R>> list(@Nullable String after, int limit, SortOrder order);

    /**
     * How something is created or replaced.
     *
     * @param expected the version that must be there now; null: any, or none
     * @param revoke whether what is live and depends on what goes is ended; otherwise it makes the change a conflict
     * @param allowMissing whether it may name what is not registered yet; otherwise that is taken for a mistake
     * @param announced names of the same kind that are registered next, and may be named already
     * @param who the administrator, for the audit log
     */
    record Change(@Nullable Long expected, boolean revoke, boolean allowMissing, Set<String> announced, String who) {

        public Change(@Nullable Long expected, boolean revoke, boolean allowMissing, String who) {
            this(expected, revoke, allowMissing, Set.of(), who);
        }
    }

    /** Creates or replaces. */
    Result<Versioned<R>> put(String name, R resource, Change change);

    /**
     * Deletes.
     *
     * @param revoke whether live leases are revoked first; otherwise they make it a conflict
     */
    Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who);
}
