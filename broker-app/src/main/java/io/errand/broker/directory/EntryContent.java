package io.errand.broker.directory;

import io.errand.broker.agent.Owners;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a user or group, and no more.
 *
 * @param name a user's {@code userName}, a group's {@code displayName}
 * @param displayName a user's, for people to read
 * @param email a user's first
 * @param active a group always is
 * @param members a group's, by their ids
 */
record EntryContent(
        @Nullable String externalId,
        String name,
        @Nullable String displayName,
        @Nullable String email,
        boolean active,
        Set<UUID> members) {

    /** What an agent may call it as its owner, as owners are compared: of a user both, since either is used. */
    SortedSet<String> ownerNames() {
        SortedSet<String> names = new TreeSet<>(Set.of(Owners.key(name)));
        if (email != null) {
            names.add(Owners.key(email));
        }
        return names;
    }

    /** Those of somebody who is there. */
    Set<String> activeNames() {
        return active ? ownerNames() : Set.of();
    }
}
