package io.errand.broker.evaluation;

import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.task.Sessions.Memory;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The task, agent and tool that a decision is about, and what else is known of it. */
record EvaluationContext(Task task, TaskDeclaration declaration, Agent agent, Tool tool, Standings standings) {

    /**
     * What is known beside the registers.
     *
     * @param risk from 0 to 100
     * @param exceptions names of what the agent is let off at the tool
     */
    record Standings(int risk, Set<String> exceptions) {}

    Map<String, Object> declared() {
        return declaration.context() == null ? Map.of() : declaration.context();
    }

    String kind(String action) {
        return tool.kinds().getOrDefault(action, "unknown");
    }

    /** @param asked {@code use} or {@code issue} */
    PolicyRequest question(String asked, List<String> actions, Memory memory, Instant now, boolean isDrifted) {
        return new PolicyRequest(
                asked,
                agent,
                tool,
                actions,
                new PolicyRequest.Facts(
                        task.type(),
                        task.purpose(),
                        task.depth(),
                        task.onBehalfOf().orElse(null),
                        Duration.between(now, task.expiresAt()),
                        declared(),
                        declaration.fingerprint() != null,
                        task.origin() == Task.Origin.DECLARED),
                PolicyContext.at(now)
                        .risk(standings.risk())
                        .exceptions(standings.exceptions())
                        .senderConstrained(task.senderConstrained())
                        .fingerprintChanged(isDrifted)
                        .session(new PolicyContext.Session(
                                memory.labels(), memory.personLabels(), memory.tools(), memory.counters())));
    }
}
