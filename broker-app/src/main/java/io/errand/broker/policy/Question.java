package io.errand.broker.policy;

import io.errand.broker.agent.Agent;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to be decided about one tool.
 *
 * @param action {@code issue}, {@code use} or {@code delegate}
 * @param actions the tool's actions that are asked for
 */
public record Question(
        String action, Agent agent, Tool tool, List<String> actions, Facts task, Circumstances circumstances) {

    /**
     * The task as policy sees it.
     *
     * @param onBehalfOf {@code person:<issuer>:<sub>}, if it acts for one
     * @param ttl what is asked for
     * @param context what the agent declared
     * @param fingerprintAttested whether the agent declared what it is made of
     */
    public record Facts(
            String type,
            String purpose,
            int depth,
            @Nullable String onBehalfOf,
            Duration ttl,
            Map<String, Object> context,
            boolean fingerprintAttested) {}
}
