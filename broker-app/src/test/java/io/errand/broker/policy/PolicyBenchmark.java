package io.errand.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
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
        Judge judge = new Judge(Some.SCHEMA);
        PolicyIndex ten = new PolicyIndex(Some.policies(scoped(10)));
        PolicyIndex thousand = new PolicyIndex(Some.policies(scoped(1_000)));
        PolicyIndex generic = new PolicyIndex(Some.policies(scoped(10) + unscoped(990)));
        PolicyIndex hundred = new PolicyIndex(Some.policies(scoped(10) + unscoped(90)));
        // An escape: whatever it may name is sent, and the whole question is checked against the schema.
        String escape = "forbid(principal, action, resource) when { resource.name == \"\\n\" };";
        PolicyIndex whole = new PolicyIndex(Some.policies(scoped(10) + unscoped(89) + escape));
        PolicyIndex wholeTen = new PolicyIndex(Some.policies(scoped(10) + escape));
        double few = micros(judge, ten, 10);
        double many = micros(judge, thousand, 1_000);
        double unsliced = micros(judge, generic, 10);
        double lean = micros(judge, hundred, 10);
        double full = micros(judge, whole, 10);
        double fullTen = micros(judge, wholeTen, 10);
        System.out.printf(
                "policy: %.0f µs a decision with 10, %.0f µs with 1,000 (ratio %.2f), %.0f µs with 990 that name nothing (ratio %.1f)%n",
                few, many, many / few, unsliced, unsliced / few);
        System.out.printf(
                "policy: the whole question instead of what is named: %.0f µs instead of %.0f with 10, %.0f instead of %.0f with 90 more that name nothing%n",
                fullTen, few, full, lean);
        assertThat(many).isLessThan(2 * few);
    }

    /** The median of rounds that each ask about some of the agents in turn; the first rounds warm up. */
    private static double micros(Judge judge, PolicyIndex index, int agents) {
        double[] rounds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = cpu();
            for (int i = 0; i < DECISIONS; i++) {
                int n = i % agents;
                Question question = Some.question("agent-" + n, "issue", "tool-" + n);
                assertThat(judge.rule(question, index.slice(question))).isInstanceOf(Ruling.Permit.class);
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
}
