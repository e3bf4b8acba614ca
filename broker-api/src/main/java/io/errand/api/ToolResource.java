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
 * @param name how agents and policies call it
 * @param datatypes classes of data that it holds
 * @param tenant whose data it holds, where there are several
 * @param locations addresses that a request's {@code resource} or {@code locations} may name
 * @param kinds for each action one of {@code read, write, export, execute, admin}
 * @param identities who may introspect leases of this tool
 * @param maxTtl longest credential; absent: the task's end alone bounds it
 * @param config what its backend needs: see the backend's page
 */
public record ToolResource(
        @Constraint(required = true, oneOf = "Tool") @Nullable
        String kind,

        @Constraint(required = true, pattern = Constraint.NAME) @Nullable
        String name,

        @Constraint(
                required = true,
                oneOf = {"postgres", "jwt", "vault", "http"})
        @Nullable
        String backend,

        @Constraint(required = true, min = 1, pattern = Constraint.NAME) @Nullable
        List<String> actions,

        @Constraint(
                required = true,
                oneOf = {"public", "internal", "confidential", "restricted"})
        @Nullable
        String sensitivity,

        @Constraint(required = true, pattern = Constraint.NAME) @Nullable
        String environment,

        @Constraint(oneOf = {"internal", "partner", "external"}) @Nullable
        String destination,

        @Constraint(pattern = Constraint.NAME) @Nullable List<String> labels,
        @Constraint(oneOf = {"use", "issue"}) @Nullable String marksOn,
        @Nullable List<Datatype> datatypes,

        @Constraint(oneOf = {"read", "write", "export", "execute", "admin"}) @Nullable
        Map<String, String> kinds,

        @Nullable String tenant,
        @Nullable List<String> locations,
        @Nullable List<AgentResource.Identity> identities,
        @Nullable Duration maxTtl,
        @Constraint(required = true) @Nullable Map<String, Object> config) {

    /**
     * A class of data that the tool holds.
     *
     * @param name how requests and policies call it
     * @param sensitivity as a tool's; absent: the tool's
     * @param labels marks that reading it leaves on the session
     */
    public record Datatype(
            @Constraint(pattern = Constraint.NAME) String name,

            @Constraint(oneOf = {"public", "internal", "confidential", "restricted"}) @Nullable
            String sensitivity,

            @Constraint(pattern = Constraint.NAME) @Nullable List<String> labels) {}
}
