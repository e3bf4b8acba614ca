package io.errand.api;

/**
 * A signed state of the audit log.
 *
 * @param origin the log's name
 * @param size number of its entries
 * @param root of the tree over them (RFC 9162), in base64
 * @param note the checkpoint as C2SP {@code signed-note} has it
 */
public record CheckpointView(String origin, long size, String root, String note) {}
