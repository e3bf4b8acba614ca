/**
 * The audit log as a stranger sees it: the Merkle tree of RFC 9162, checkpoints as C2SP signed notes, tiles as C2SP {@code tlog-tiles}
 * lays them out, the lines of an export and what proves them. Nothing here needs the service.
 */
@org.jspecify.annotations.NullMarked
package io.errand.api.log;
