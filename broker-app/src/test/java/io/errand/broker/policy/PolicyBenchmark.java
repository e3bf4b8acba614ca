package io.errand.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

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
        double few = micros(judge, ten, 10);
        double many = micros(judge, thousand, 1_000);
        double unsliced = micros(judge, generic, 10);
        System.out.printf(
                "policy: %.0f µs a decision with 10, %.0f µs with 1,000 (ratio %.2f), %.0f µs with 990 that name nothing (ratio %.1f)%n",
                few, many, many / few, unsliced, unsliced / few);
        assertThat(many).isLessThan(2 * few);
    }

    /** The median of rounds that each ask about some of the agents in turn; the first rounds warm up. */
    private static double micros(Judge judge, PolicyIndex index, int agents) {
        double[] rounds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < DECISIONS; i++) {
                int n = i % agents;
                Question question = Some.question("agent-" + n, "issue", "tool-" + n);
                assertThat(judge.rule(question, index.slice(question))).isInstanceOf(Ruling.Permit.class);
            }
            rounds[round] = (System.nanoTime() - start) / 1e3 / DECISIONS;
        }
        double[] warm = Arrays.copyOfRange(rounds, ROUNDS / 2, ROUNDS);
        Arrays.sort(warm);
        return warm[warm.length / 2];
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
