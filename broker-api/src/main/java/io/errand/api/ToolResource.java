package io.errand.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A system that agents may act on.
 *
 * @param kind always {@code Tool}
 * @param backend {@code postgres}, {@code jwt} or {@code vault}
 * @param actions what can be done with it; at least one
 * @param sensitivity {@code public}, {@code internal}, {@code confidential} or {@code restricted}; required
 * @param environment for example {@code production}; required
 * @param destination {@code internal}, {@code partner} or {@code external}; absent: {@code internal}
 * @param labels marks that using it leaves on the session
 * @param marksOn {@code use} or {@code issue}; absent: {@code use}
 * @param kinds for each action one of {@code read, write, export, execute, admin}
 * @param identities who may introspect leases of this tool
 * @param maxTtl longest credential; absent: the task's end alone bounds it
 * @param config what its backend needs: see the backend's page
 */
public record ToolResource(
        @Nullable String kind,
        @Nullable String name,
        @Nullable String backend,
        @Nullable List<String> actions,
        @Nullable String sensitivity,
        @Nullable String environment,
        @Nullable String destination,
        @Nullable List<String> labels,
        @Nullable String marksOn,
        @Nullable List<Datatype> datatypes,
        @Nullable Map<String, String> kinds,
        @Nullable String tenant,
        @Nullable List<String> locations,
        @Nullable List<AgentResource.Identity> identities,
        @Nullable Duration maxTtl,
        @Nullable Map<String, Object> config) {

    /** A class of data that the tool holds. */
    public record Datatype(
            String name,
            @Nullable String sensitivity,
            @Nullable List<String> labels) {}
}
