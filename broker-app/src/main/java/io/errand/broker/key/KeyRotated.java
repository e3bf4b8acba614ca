package io.errand.broker.key;

import org.jspecify.annotations.Nullable;

/**
 * A signing key began a new part of its life; published in the transaction in which it did.
 *
 * @param kind {@code key.announced}, {@code key.activated}, {@code key.retired}, {@code key.deleted} or {@code key.resealed}
 * @param who the administrator who asked for it; null: its time had come
 */
public record KeyRotated(String kind, String kid, @Nullable String who) {}
