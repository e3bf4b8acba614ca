package io.errand.broker.directory;

import java.time.Instant;
import java.util.UUID;

/**
 * A user or group as it is.
 *
 * @param version goes up by one with each change
 */
record DirectoryEntry(UUID id, EntryKind kind, EntryContent content, long version, Instant created, Instant modified) {}
