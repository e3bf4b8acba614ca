package io.errand.broker.policy.cedar;

import io.errand.api.Fingerprint;
import io.errand.broker.agent.Agent;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.cedar.PolicyText.Read;
import io.errand.broker.policy.cedar.PolicyText.Reading;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Questions and policies without a service around them. */
public final class Some {

    static final CedarSchema SCHEMA = new CedarSchema();

    private Some() {}

    static List<PolicySubset.Member> policies(String cedar) {
        return switch (new PolicyText(SCHEMA).parse(cedar)) {
            case Reading.Good(List<Read> read) ->
                read.stream()
                        .map(policy -> PolicySubset.Member.of("s", 1, policy))
                        .toList();
            case Reading.Flawed(PolicyError policyError) -> throw new AssertionError(policyError + " in " + cedar);
        };
    }

    public static PolicyRequest question(
            String agent, String action, String tool, List<String> actions, PolicyContext known) {
        Agent asking = new Agent(
                new UUID(0, 1),
                agent,
                1,
                Agent.State.ACTIVE,
                "team@example.com",
                "Something",
                Set.of("triage"),
                Map.of(tool, Set.copyOf(actions)),
                Duration.ofMinutes(15),
                50,
                new Fingerprint(null, null, null, null),
                List.of(),
                Set.of(),
                0,
                Optional.empty(),
                Agent.OnDrift.DENY,
                Map.of());
        Tool asked = new Tool(
                new UUID(0, 2),
                tool,
                1,
                "postgres",
                Set.of("read", "write"),
                "internal",
                "production",
                "internal",
                Set.of(),
                List.of(),
                Map.of("read", "read", "write", "write"),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty(),
                Map.of(),
                Tool.MarksOn.USE);
        PolicyRequest.Facts task =
                new PolicyRequest.Facts("triage", "Something", 0, null, Duration.ofMinutes(10), Map.of(), false, true);
        return new PolicyRequest(action, asking, asked, actions, task, known);
    }

    public static PolicyRequest question(String agent, String action, String tool) {
        return question(agent, action, tool, List.of("read"), PolicyContext.at(Instant.parse("2026-11-22T05:28:18Z")));
    }
}
