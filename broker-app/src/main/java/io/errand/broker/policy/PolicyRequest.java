package io.errand.broker.policy;

import io.errand.api.PolicyQuestion;
import io.errand.broker.agent.Agent;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is to be decided about one tool.
 *
 * @param action {@code issue}, {@code use} or {@code delegate}
 * @param actions the tool's actions that are asked for
 */
public record PolicyRequest(
        String action, Agent agent, Tool tool, List<String> actions, Facts task, PolicyContext policyContext) {

    /**
     * The task as policy sees it.
     *
     * @param onBehalfOf {@code person:<issuer>:<sub>}, if it acts for one
     * @param ttl what is asked for
     * @param context what the agent declared
     * @param fingerprintAttested whether the agent declared what it is made of
     * @param declared whether the agent said what the task is
     */
    public record Facts(
            String type,
            String purpose,
            int depth,
            @Nullable String onBehalfOf,
            Duration ttl,
            Map<String, Object> context,
            boolean fingerprintAttested,
            boolean declared) {}

    /** The same, asked at another moment and for another time. */
    public PolicyRequest at(Instant moment, Duration ttl) {
        Facts facts = new Facts(
                task.type(),
                task.purpose(),
                task.depth(),
                task.onBehalfOf(),
                ttl,
                task.context(),
                task.fingerprintAttested(),
                task.declared());
        return new PolicyRequest(action, agent, tool, actions, facts, policyContext.now(moment));
    }

    /** The same, asked in other circumstances. */
    public PolicyRequest in(PolicyContext others) {
        return new PolicyRequest(action, agent, tool, actions, task, others);
    }

    /** What the questions of one request have in common, as it is recorded: no tool, and no secret. */
    public PolicyQuestion recorded() {
        return recorded(
                policyContext.risk(),
                policyContext.exceptions().isEmpty()
                        ? null
                        : policyContext.exceptions().stream().sorted().toList());
    }

    /**
     * The same without what is looked up whenever it is asked again. A replica of the version before reads it too, and knows no risk
     * and no exceptions.
     */
    public PolicyQuestion toBeAskedAgain() {
        return recorded(null, null);
    }

    private PolicyQuestion recorded(@Nullable Integer risk, @Nullable List<String> exceptions) {
        PolicyContext.Session session = policyContext.session();
        PolicyQuestion.Context known = new PolicyQuestion.Context(
                policyContext.senderConstrained(),
                policyContext.fingerprintChanged(),
                policyContext.approvals().stream().sorted().toList(),
                policyContext.breakGlass(),
                session.equals(PolicyContext.Session.EMPTY)
                        ? null
                        : new PolicyQuestion.Session(
                                session.labels().stream().sorted().toList(),
                                session.personLabels().stream().sorted().toList(),
                                session.tools().stream().sorted().toList(),
                                session.counters()),
                policyContext
                        .runtime()
                        .map(where -> new PolicyQuestion.Surroundings(where.environment(), where.isolated()))
                        .orElse(null),
                risk,
                exceptions,
                policyContext.now());
        PolicyQuestion.Task facts = new PolicyQuestion.Task(
                task.type(),
                task.purpose(),
                task.depth(),
                task.onBehalfOf(),
                task.ttl(),
                task.context(),
                task.fingerprintAttested(),
                task.declared());
        return new PolicyQuestion(agent.name(), null, null, null, facts, known);
    }

    /** A recorded or written question, about an agent and a tool as they are now. */
    public static PolicyRequest of(
            PolicyQuestion asked, String action, Agent agent, Tool tool, List<String> actions, Instant moment) {
        PolicyQuestion.Task task = asked.task() == null
                ? new PolicyQuestion.Task(null, null, null, null, null, null, null, null)
                : asked.task();
        Facts facts = new Facts(
                task.type() == null ? onlyTypeOf(agent) : task.type(),
                Objects.requireNonNullElse(task.purpose(), agent.purpose()),
                Objects.requireNonNullElse(task.depth(), 0),
                task.onBehalfOf(),
                Objects.requireNonNullElse(task.ttl(), agent.maxTtl()),
                Objects.requireNonNullElse(task.context(), Map.of()),
                Boolean.TRUE.equals(task.fingerprintAttested()),
                !Boolean.FALSE.equals(task.declared()));
        return new PolicyRequest(action, agent, tool, actions, facts, PolicyContext.of(asked.context(), moment));
    }

    private static String onlyTypeOf(Agent agent) {
        return agent.taskTypes().size() == 1 ? agent.taskTypes().iterator().next() : "";
    }
}
