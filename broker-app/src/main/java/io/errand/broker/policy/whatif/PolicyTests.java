package io.errand.broker.policy.whatif;

import io.errand.api.AgentResource;
import io.errand.api.PolicyQuestion;
import io.errand.api.PolicyTest;
import io.errand.api.PolicyTest.Outcome;
import io.errand.api.PolicyTestReport;
import io.errand.api.ToolResource;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.cedar.CedarEvaluator;
import io.errand.broker.policy.cedar.CedarRequests;
import io.errand.broker.policy.cedar.PolicyError;
import io.errand.broker.policy.cedar.PolicyIndex;
import io.errand.broker.policy.cedar.PolicySubset;
import io.errand.broker.policy.cedar.PolicyText;
import io.errand.broker.policy.cedar.PolicyText.Read;
import io.errand.broker.policy.cedar.PolicyText.Reading;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Runs test requests against policies that are not in force. Nothing is recorded, and no external decision point is asked. */
@Component
class PolicyTests {

    private static final int MOST = 1_000;
    private static final String SET = "test";
    private static final String PREFIX = SET + "@0/";

    private final PolicyText text;
    private final CedarEvaluator cedarEvaluator;
    private final Agents agents;
    private final Tools tools;
    private final Clock clock;

    PolicyTests(PolicyText text, CedarEvaluator cedarEvaluator, Agents agents, Tools tools, Clock clock) {
        this.text = text;
        this.cedarEvaluator = cedarEvaluator;
        this.agents = agents;
        this.tools = tools;
        this.clock = clock;
    }

    Result<PolicyTestReport> run(PolicyTest test) {
        List<PolicyTest.@Nullable Case> cases = Objects.requireNonNullElse(test.cases(), List.of());
        if (test.cedar() == null) {
            return Result.refused(Problem.invalidMember("cedar", "cedar holds the policies; it is required."));
        }
        if (cases.isEmpty() || cases.size() > MOST || cases.contains(null)) {
            return Result.refused(Problem.invalidMember("cases", "cases has 1 to " + MOST + " questions."));
        }
        return switch (text.check(test.cedar())) {
            case Reading.Flawed(PolicyError policyError) -> Result.refused(policyError.problem());
            case Reading.Good(List<Read> read) ->
                run(
                        cases,
                        new PolicyIndex(read.stream()
                                .map(policy -> PolicySubset.Member.of(SET, 0, policy))
                                .toList()),
                        named(test.agents(), AgentResource::name, HypotheticalEntities::agent, agents::byName),
                        named(test.tools(), ToolResource::name, HypotheticalEntities::tool, tools::byName));
        };
    }

    private Result<PolicyTestReport> run(
            List<PolicyTest.Case> cases,
            PolicyIndex index,
            Function<String, Optional<Agent>> knownAgents,
            Function<String, Optional<Tool>> knownTools) {
        List<PolicyTestReport.Result> results = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            PolicyTest.Case one = cases.get(i);
            Result<PolicyRequest> question = question("cases[" + i + "]", one, knownAgents, knownTools);
            switch (question) {
                case Result.Refused<PolicyRequest>(Problem problem) -> {
                    return Result.refused(problem);
                }
                case Result.Ok<PolicyRequest>(PolicyRequest asked) -> {
                    Outcome got = outcome(cedarEvaluator.rule(asked, index.slice(asked)));
                    String mismatch = mismatch(Objects.requireNonNull(one.expect()), got);
                    String name = Objects.requireNonNullElse(one.name(), "case " + (i + 1));
                    results.add(new PolicyTestReport.Result(name, mismatch == null, got, mismatch));
                }
            }
        }
        int passed =
                (int) results.stream().filter(PolicyTestReport.Result::passed).count();
        return Result.ok(new PolicyTestReport(passed, results.size() - passed, results));
    }

    private Result<PolicyRequest> question(
            String path,
            PolicyTest.Case one,
            Function<String, Optional<Agent>> knownAgents,
            Function<String, Optional<Tool>> knownTools) {
        PolicyQuestion ask = one.ask();
        if (ask == null || ask.agent() == null || ask.tool() == null) {
            return Result.refused(Problem.invalidMember(path + ".ask", "ask names an agent and a tool at least."));
        }
        if (one.expect() == null || one.expect().effect() == null) {
            return Result.refused(Problem.invalidMember(
                    path + ".expect.effect", "expect.effect is permit, deny or defer; it is required."));
        }
        String action = Objects.requireNonNullElse(ask.action(), "issue");
        if (!CedarRequests.ACTIONS.contains(action)) {
            return Result.refused(Problem.invalidMember(path + ".ask.action", "action is issue, use or delegate."));
        }
        Optional<Agent> agent = knownAgents.apply(ask.agent());
        Optional<Tool> tool = knownTools.apply(ask.tool());
        if (agent.isEmpty() || tool.isEmpty()) {
            String member = agent.isEmpty() ? "agent" : "tool";
            return Result.refused(Problem.invalidMember(
                    path + ".ask." + member,
                    "This " + member + " is neither registered nor one of the test's own " + member + "s."));
        }
        List<String> actions = Objects.requireNonNullElse(ask.actions(), List.of());
        return Result.ok(PolicyRequest.of(ask, action, agent.get(), tool.get(), actions, clock.instant()));
    }

    private static <R, T> Function<String, Optional<T>> named(
            @Nullable List<R> own,
            Function<R, @Nullable String> name,
            Function<R, T> imagined,
            Function<String, Optional<T>> registered) {
        Map<String, T> byName = new HashMap<>();
        for (R resource : Objects.requireNonNullElse(own, List.<R>of())) {
            byName.put(Objects.requireNonNullElse(name.apply(resource), ""), imagined.apply(resource));
        }
        return asked -> Optional.ofNullable(byName.get(asked)).or(() -> registered.apply(asked));
    }

    private static Outcome outcome(PolicyDecision policyDecision) {
        PolicyDecision.@Nullable Permit permit = policyDecision instanceof PolicyDecision.Permit one ? one : null;
        return new Outcome(
                policyDecision.effect(),
                bare(policyDecision.policies()),
                policyDecision instanceof PolicyDecision.Deny deny ? deny.reason() : null,
                permit == null || permit.maxTtl() == null
                        ? null
                        : permit.maxTtl().toString(),
                policyDecision instanceof PolicyDecision.Defer defer
                        ? defer.approvals().stream()
                                .map(PolicyDecision.Approval::group)
                                .toList()
                        : null,
                permit == null ? null : bare(permit.lifted()),
                bare(policyDecision.observed()));
    }

    private static List<String> bare(List<String> ids) {
        return ids.stream().map(id -> id.substring(PREFIX.length())).toList();
    }

    private static @Nullable String mismatch(Outcome expected, Outcome got) {
        List<String> wrong = new ArrayList<>();
        compare("effect", expected.effect(), got.effect(), wrong);
        compare("reason", expected.reason(), got.reason(), wrong);
        compare("max_ttl", expected.maxTtl(), got.maxTtl(), wrong);
        compare("policies", sorted(expected.policies()), sorted(got.policies()), wrong);
        compare("approvals", sorted(expected.approvals()), sorted(got.approvals()), wrong);
        compare("lifted", sorted(expected.lifted()), sorted(got.lifted()), wrong);
        compare("observed", sorted(expected.observed()), sorted(got.observed()), wrong);
        return wrong.isEmpty() ? null : String.join("; ", wrong);
    }

    private static void compare(String member, @Nullable Object expected, @Nullable Object got, List<String> wrong) {
        if (expected != null && !expected.equals(got)) {
            wrong.add(member + " is " + got + ", expected was " + expected);
        }
    }

    private static @Nullable Set<String> sorted(@Nullable List<String> names) {
        return names == null ? null : new TreeSet<>(names);
    }
}
