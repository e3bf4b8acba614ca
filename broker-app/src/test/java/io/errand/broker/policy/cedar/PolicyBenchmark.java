package io.errand.broker.policy.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Not among the tests by its name: {@code -Dtest=PolicyBenchmark} runs it. What a decision costs with 10 policies and with 1,000, each about an agent and a tool of its own, and as well with 1,000 that name
 * nothing. Prints ratios: absolute figures are the machine's.
 */
class PolicyBenchmark {

    private static final int ROUNDS = 15;
    private static final int DECISIONS = 400;

    @Test
    void aThousandPoliciesCostAtMostTwiceWhatTenCost() {
        CedarEvaluator cedarEvaluator = new CedarEvaluator(Some.SCHEMA);
        PolicyIndex ten = new PolicyIndex(Some.policies(scoped(10)));
        PolicyIndex thousand = new PolicyIndex(Some.policies(scoped(1_000)));
        PolicyIndex generic = new PolicyIndex(Some.policies(scoped(10) + unscoped(990)));
        PolicyIndex hundred = new PolicyIndex(Some.policies(scoped(10) + unscoped(90)));
        // An escape: whatever it may name is sent, and the whole question is checked against the schema.
        String escape = "forbid(principal, action, resource) when { resource.name == \"\\n\" };";
        PolicyIndex whole = new PolicyIndex(Some.policies(scoped(10) + unscoped(89) + escape));
        PolicyIndex wholeTen = new PolicyIndex(Some.policies(scoped(10) + escape));
        double few = micros(cedarEvaluator, ten, 10);
        double many = micros(cedarEvaluator, thousand, 1_000);
        double unsliced = micros(cedarEvaluator, generic, 10);
        double lean = micros(cedarEvaluator, hundred, 10);
        double full = micros(cedarEvaluator, whole, 10);
        double fullTen = micros(cedarEvaluator, wholeTen, 10);
        System.out.printf(
                "policy: %.0f µs a decision with 10, %.0f µs with 1,000 (ratio %.2f), %.0f µs with 990 that name nothing (ratio %.1f)%n",
                few, many, many / few, unsliced, unsliced / few);
        System.out.printf(
                "policy: the whole question instead of what is named: %.0f µs instead of %.0f with 10, %.0f instead of %.0f with 90 more that name nothing%n",
                fullTen, few, full, lean);
        String permits = scoped(10) + permitting(90);
        PolicyIndex hundredPermits = new PolicyIndex(Some.policies(permits));
        double alone = micros(cedarEvaluator, eachOf(hundred, scoped(10) + unscoped(90)), 10);
        double together = micros(cedarEvaluator, hundred, 10);
        double permitsAlone = micros(cedarEvaluator, eachOf(hundredPermits, permits), 10);
        double permitsTogether = micros(cedarEvaluator, hundredPermits, 10);
        System.out.printf(
                "policy: 10 and 90 that name nothing, some as one: %.0f µs instead of %.0f (ratio %.2f); if the 90 are permits, of which one applies: %.0f instead of %.0f (ratio %.2f)%n",
                together, alone, together / alone, permitsTogether, permitsAlone, permitsTogether / permitsAlone);
        String forbids = scoped(10) + unscoped(90) + "forbid(principal, action, resource);";
        PolicyIndex forbidding = new PolicyIndex(Some.policies(forbids));
        double deniedAlone = micros(cedarEvaluator, eachOf(forbidding, forbids), 10);
        double deniedTogether = micros(cedarEvaluator, forbidding, 10);
        System.out.printf(
                "policy: if one of the forbids applies: %.0f µs instead of %.0f (ratio %.2f)%n",
                deniedTogether, deniedAlone, deniedTogether / deniedAlone);
        assertThat(many).isLessThan(2 * few);
    }

    /** The same slices, with each policy asked by itself. */
    private static Function<PolicyRequest, PolicySubset> eachOf(PolicyIndex index, String cedar) {
        List<PolicySubset.Member> all = Some.policies(cedar);
        Map<PolicySubset, PolicySubset> alone = new HashMap<>();
        return policyRequest -> alone.computeIfAbsent(
                index.slice(policyRequest),
                slice -> new PolicySubset(all.stream()
                        .filter(member -> slice.ids().contains(member.id()))
                        .toList()));
    }

    private static double micros(CedarEvaluator cedarEvaluator, PolicyIndex index, int agents) {
        return micros(cedarEvaluator, index::slice, agents);
    }

    /** The median of rounds that each ask about some of the agents in turn; the first rounds warm up. */
    private static double micros(
            CedarEvaluator cedarEvaluator, Function<PolicyRequest, PolicySubset> slices, int agents) {
        double[] rounds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = cpu();
            for (int i = 0; i < DECISIONS; i++) {
                int n = i % agents;
                PolicyRequest policyRequest = Some.question("agent-" + n, "issue", "tool-" + n);
                assertThat(cedarEvaluator.rule(policyRequest, slices.apply(policyRequest)))
                        .isNotInstanceOf(PolicyDecision.Defer.class);
            }
            rounds[round] = (cpu() - start) / 1e3 / DECISIONS;
        }
        double[] warm = Arrays.copyOfRange(rounds, ROUNDS / 2, ROUNDS);
        Arrays.sort(warm);
        return warm[warm.length / 2];
    }

    /** Of this thread alone: what else the machine does is not counted. */
    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static String scoped(int count) {
        return IntStream.range(0, count).mapToObj("""
                        permit(principal == Errand::Agent::"agent-%1$d", action, resource == Errand::Tool::"tool-%1$d")
                        when { context.task.type == "triage" && context.actions == ["read"] };
                        """::formatted).collect(Collectors.joining());
    }

    private static String unscoped(int count) {
        return IntStream.range(0, count).mapToObj("""
                        forbid(principal, action, resource) when { resource.name == "other-%d" };
                        """::formatted).collect(Collectors.joining());
    }

    /** The first one applies. */
    private static String permitting(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> """
                        permit(principal, action, resource) when { context.task.type == "%s" && context.actions == ["read"] };
                        """.formatted(i == 0 ? "triage" : "other-" + i))
                .collect(Collectors.joining());
    }
}
