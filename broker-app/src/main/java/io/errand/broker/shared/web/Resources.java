package io.errand.broker.shared.web;

import io.errand.broker.shared.Result;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A registry of named resources, as its endpoints see it. */
public interface Resources<R> {

    /** A resource and the version that its {@code ETag} names. */
    record Versioned<R>(String name, R resource, long version) {}

    Optional<Versioned<R>> find(String name);

    /** Those whose names come after {@code after}, in the order of their names. */
    List<Versioned<R>> list(String after, int limit);

    /**
     * Creates or replaces.
     *
     * @param expected the version that must be there now; null: any, or none
     * @param who the administrator, for the audit log
     */
    Result<Versioned<R>> put(String name, R resource, @Nullable Long expected, String who);

    /**
     * Deletes.
     *
     * @param revoke whether live leases are revoked first; otherwise they make it a conflict
     */
    Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who);
}
