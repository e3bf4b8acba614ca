package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What leads from an entry of the audit log, or from one of its past states, to its checkpoint (RFC 9162 §2.1.3 and §2.1.4).
 *
 * @param place of the entry; or the number of entries that the past state had
 * @param line the entry, whose bytes in UTF-8 are what is hashed; null for a past state, and where entries that old are not kept
 * @param proof hashes in base64, in the order of the RFC
 * @param checkpoint the log's last checkpoint, a C2SP signed note
 */
public record LogProof(long place, @Nullable String line, List<String> proof, String checkpoint) {}
