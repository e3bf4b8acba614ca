package io.errand.api;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What policy is asked: in a test as its author writes it, in a recorded decision as it was asked. It holds no secret.
 *
 * @param agent name of the agent
 * @param tool name of the tool
 * @param action {@code issue}, {@code use} or {@code delegate}; absent: {@code issue}
 * @param actions the tool's actions that are asked for
 * @param context what is known beside the three; absent: nothing is
 */
public record PolicyQuestion(
        @Nullable String agent,
        @Nullable String tool,
        @Nullable String action,
        @Nullable List<String> actions,
        @Nullable Task task,
        @Nullable Context context) {

    /**
     * The task.
     *
     * @param type absent: the agent's only task type
     * @param purpose absent: the agent's
     * @param depth how often it was delegated; absent: 0
     * @param onBehalfOf {@code person:<issuer>:<subject>}; absent: the agent acts for itself
     * @param ttl what is asked for; absent: the agent's longest
     * @param context what the agent declared
     * @param fingerprintAttested whether the agent declared what it is made of; absent: no
     * @param declared whether the agent said what the task is; absent: yes
     */
    public record Task(
            @Nullable String type,
            @Nullable String purpose,
            @Nullable Integer depth,
            @Nullable String onBehalfOf,
            @Nullable Duration ttl,
            @Nullable Map<String, Object> context,
            @Nullable Boolean fingerprintAttested,
            @Nullable Boolean declared) {}

    /**
     * What is known at the moment; an absent flag is false.
     *
     * @param approvals groups that have approved
     * @param risk from 0 to 100; absent: 0
     * @param exceptions names of what the agent is let off at the tool
     * @param now absent: the moment of asking
     */
    public record Context(
            @Nullable Boolean senderConstrained,
            @Nullable Boolean fingerprintChanged,
            @Nullable List<String> approvals,
            @Nullable Boolean breakGlass,
            @Nullable Session session,
            @Nullable Surroundings runtime,
            @Nullable Integer risk,
            @Nullable List<String> exceptions,
            @Nullable Instant now) {}

    /**
     * What went before.
     *
     * @param personLabels of the labels, those of the task's tree and of what the agent did for the same person; absent: all of them
     */
    public record Session(
            @Nullable List<String> labels,
            @Nullable List<String> personLabels,
            @Nullable List<String> tools,
            @Nullable Map<String, Long> counters) {}

    /** Where the agent runs. */
    public record Surroundings(
            @Nullable String environment, @Nullable Boolean isolated) {}
}
