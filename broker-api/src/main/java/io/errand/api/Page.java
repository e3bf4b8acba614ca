package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param next the {@code cursor} parameter of the next page; absent on the last one
 */
public record Page<T>(List<T> items, @Nullable String next) {}
