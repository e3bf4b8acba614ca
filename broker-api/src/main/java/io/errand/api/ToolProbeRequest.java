package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * A tool is probed.
 *
 * @param action one of the tool's; absent: its least
 */
public record ToolProbeRequest(
        @Constraint(pattern = Constraint.NAME) @Nullable String action) {}
