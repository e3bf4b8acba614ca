package io.errand.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An operator activates break-glass.
 *
 * @param agent for this agent; exactly one of {@code agent} and {@code task}
 * @param task id of the active task that it is for
 * @param tools for which of its tools, 1 to 64
 * @param reason why, at most 1024 bytes
 * @param ticket where it is tracked, at most 200 bytes
 * @param ttl how long, from one second to {@code errand.break-glass.max-ttl}
 */
public record BreakGlassRequest(
        @Nullable String agent,
        @Nullable String task,
        @Nullable List<String> tools,
        @Nullable String reason,
        @Nullable String ticket,
        @Nullable Duration ttl) {}
