package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Questions to a text that is not in force, alone: no other set takes part.
 *
 * @param cedar the policies; at most 1 MiB with the rest
 * @param agents those that the cases name; absent: registered ones. Beside the name nothing is required
 * @param tools likewise; of one that is not registered, {@code sensitivity} absent is {@code internal} and {@code environment}
 *     absent is {@code production}
 * @param cases 1 to 1000
 */
public record PolicyTest(
        @Nullable String cedar,
        @Nullable List<AgentResource> agents,
        @Nullable List<ToolResource> tools,
        @Nullable List<Case> cases) {

    /** One question and what should come of it. */
    public record Case(
            @Nullable String name,
            @Nullable PolicyQuestion ask,
            @Nullable Outcome expect) {}

    /**
     * What comes of a question. Of what is expected, absent members are not compared.
     *
     * @param effect {@code permit}, {@code deny} or {@code defer}; required where expected
     * @param policies ids of the policies that determine it, in any order
     * @param reason of a denial: {@code no_permit}, {@code forbidden}, {@code dpop_required}, {@code policy_error}
     * @param maxTtl of a permit, ISO 8601
     * @param approvals groups that must approve
     * @param lifted what break-glass took out of the way
     * @param observed policies marked {@code @observe} that applied
     */
    public record Outcome(
            @Nullable String effect,
            @Nullable List<String> policies,
            @Nullable String reason,
            @Nullable String maxTtl,
            @Nullable List<String> approvals,
            @Nullable List<String> lifted,
            @Nullable List<String> observed) {}
}
