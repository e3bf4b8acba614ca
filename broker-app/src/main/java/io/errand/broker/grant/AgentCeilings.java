package io.errand.broker.grant;

import io.errand.api.AgentCeiling;
import io.errand.api.ToolResource;
import io.errand.broker.agent.Agent;
import io.errand.broker.approval.BreakGlass;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.exception.Exceptions;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.risk.Risks;
import io.errand.broker.tasktype.TaskTypes;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** What an agent may have, and what people must approve of it, as policy would say now. */
@Component
public class AgentCeilings {

    /** More than an agent has any use for; beyond it nothing is asked, so that one question costs no more than some exchanges. */
    private static final int MOST_QUESTIONS = 1_000;

    private final Tools tools;
    private final DelegationLimits delegationLimits;
    private final PolicyCheck policyCheck;
    private final TaskTypes taskTypes;
    private final Risks risks;
    private final Exceptions exceptions;
    private final Clock clock;

    AgentCeilings(
            Tools tools,
            DelegationLimits delegationLimits,
            PolicyCheck policyCheck,
            TaskTypes taskTypes,
            Risks risks,
            Exceptions exceptions,
            Clock clock) {
        this.tools = tools;
        this.delegationLimits = delegationLimits;
        this.policyCheck = policyCheck;
        this.taskTypes = taskTypes;
        this.risks = risks;
        this.exceptions = exceptions;
        this.clock = clock;
    }

    public AgentCeiling of(Caller caller) {
        Agent agent = caller.agent();
        List<AgentCeiling.Tool> ceiling = new ArrayList<>();
        int asked = 0;
        for (String name : agent.ceiling().keySet().stream().sorted().toList()) {
            Optional<Tool> tool = tools.byName(name);
            if (tool.isPresent()) {
                AgentCeiling.Tool one = tool(tool.get(), caller, MOST_QUESTIONS - asked);
                asked += one.access().size();
                ceiling.add(one);
            }
        }
        return new AgentCeiling(
                agent.name(),
                agent.owner(),
                agent.purpose(),
                agent.taskTypes().stream().sorted().toList(),
                agent.maxTtl(),
                agent.maxLiveLeases(),
                agent.reviewBy().orElse(null),
                agent.delegatesTo().stream().sorted().toList(),
                ceiling);
    }

    private AgentCeiling.Tool tool(Tool tool, Caller caller, int most) {
        List<AgentCeiling.Access> access = new ArrayList<>();
        for (String type : caller.agent().taskTypes().stream().sorted().toList()) {
            Set<String> ofAgent = delegationLimits.within(tool, caller.agent(), Optional.empty());
            for (String action :
                    taskTypes.within(type, tool, ofAgent).stream().sorted().toList()) {
                access.add(
                        access.size() < most
                                ? access(type, action, policyCheck.rule(question(tool, action, type, caller), null))
                                : new AgentCeiling.Access(type, action, "unknown", null, null));
            }
        }
        return new AgentCeiling.Tool(
                tool.name(),
                tool.backend(),
                tool.maxTtl().orElse(null),
                tool.locations(),
                tool.datatypes().stream().map(ToolResource.Datatype::name).toList(),
                access);
    }

    private static AgentCeiling.Access access(String type, String action, BreakGlass.Ruled ruled) {
        return switch (ruled.policyDecision()) {
            case PolicyDecision.Permit permit -> new AgentCeiling.Access(type, action, "permit", null, permit.maxTtl());
            case PolicyDecision.Defer defer ->
                new AgentCeiling.Access(
                        type,
                        action,
                        "approval",
                        defer.approvals().stream()
                                .map(PolicyDecision.Approval::group)
                                .sorted()
                                .toList(),
                        null);
            case PolicyDecision.Deny deny ->
                new AgentCeiling.Access(type, action, deny.undecided() ? "unknown" : "deny", null, null);
        };
    }

    private PolicyRequest question(Tool tool, String action, String type, Caller caller) {
        Agent agent = caller.agent();
        return new PolicyRequest(
                "issue",
                agent,
                tool,
                List.of(action),
                new PolicyRequest.Facts(
                        type,
                        agent.purpose(),
                        0,
                        null,
                        DelegationLimits.longest(agent, taskTypes.named(type)),
                        Map.of(),
                        false,
                        true),
                PolicyContext.at(clock.instant())
                        .exceptions(exceptions.of(agent.name(), tool.name()))
                        .risk(risks.of(new Risks.Access(List.of(agent.name()), Optional.empty(), type, tool, null)))
                        .runtime(caller.surroundings())
                        .senderConstrained(caller.binding().isPresent()));
    }
}
