package io.errand.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left out of a slice would not have spoken. */
class SlicedIsUnslicedTest {

    private static final List<String> NAMES = List.of("a", "b", "c", "unnamed");
    private static final List<String> ANNOTATIONS = List.of(
            "", "", "", "@require_dpop ", "@max_ttl(\"PT3M\") ", "@approval(\"finance\") @liftable ", "@observe ");
    private static final List<String> OF_FORBIDS = List.of("", "@liftable ", "@observe ", "@reason(\"No.\") ");

    private final Judge judge = new Judge(Some.SCHEMA);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyQuestionHasTheSameAnswer(long seed) {
        Random random = new Random(seed);
        List<Slice.Member> all = Some.policies(
                IntStream.range(0, 40).mapToObj(i -> policy(random)).collect(Collectors.joining("\n")));
        PolicyIndex index = new PolicyIndex(all);
        Slice whole = new Slice(all);

        Map<Class<?>, Integer> seen = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            Question question = question(random);
            Ruling unsliced = judge.rule(question, whole);
            assertThat(judge.rule(question, index.slice(question)))
                    .as("seed %d, question %s", seed, question)
                    .isEqualTo(unsliced);
            seen.merge(unsliced.getClass(), 1, Integer::sum);
        }
        // Else this would prove little.
        assertThat(seen.keySet()).contains(Ruling.Permit.class, Ruling.Deny.class);
    }

    @Test
    void whatNamesAnotherAgentOrToolIsNotAsked() {
        PolicyIndex index = new PolicyIndex(Some.policies("""
                @id("mine") permit(principal == Errand::Agent::"a", action, resource == Errand::Tool::"x");
                @id("also-mine") permit(principal is Errand::Agent in Errand::Agent::"a", action, resource is Errand::Tool);
                @id("action") permit(principal in Errand::Agent::"a", action in [Errand::Action::"use"], resource);
                @id("other-agent") permit(principal == Errand::Agent::"b", action, resource);
                @id("other-tool") permit(principal, action, resource in Errand::Tool::"y");
                @id("all") @reason("permit (nobody)") permit(principal, action, resource) when { context.now.hour < 30 };
                """));

        Slice slice = index.slice(Some.question("a", "issue", "x"));

        assertThat(slice.ids()).containsExactlyInAnyOrder("s@1/mine", "s@1/also-mine", "s@1/all");
    }

    @Test
    void agentsThatNoPolicyNamesShareASlice() {
        PolicyIndex index = new PolicyIndex(Some.policies("permit(principal, action, resource);"));

        assertThat(index.slice(Some.question("one", "issue", "x")))
                .isSameAs(index.slice(Some.question("two", "issue", "y")));
    }

    private static String policy(Random random) {
        boolean permit = random.nextInt(3) > 0;
        String condition = random.nextBoolean()
                ? ""
                : random.nextBoolean() ? " when { context.actions == [\"read\"] }" : " unless { context.break_glass }";
        return (permit ? one(random, ANNOTATIONS) + "permit" : one(random, OF_FORBIDS) + "forbid")
                + "(" + head(random, "principal", "Agent", permit) + ", " + action(random) + ", "
                + head(random, "resource", "Tool", permit) + ")" + condition + ";";
    }

    /** Forbids are mostly about something, or else nothing is ever permitted. */
    private static String head(Random random, String variable, String type, boolean orAny) {
        String entity = "Errand::" + type + "::\"" + NAMES.get(random.nextInt(3)) + "\"";
        return variable
                + switch (random.nextInt(orAny ? 6 : 4)) {
                    case 0 -> " == " + entity;
                    case 1 -> " in " + entity;
                    case 2 -> " is Errand::" + type + " in " + entity;
                    case 3 -> " == " + entity;
                    case 4 -> " is Errand::" + type;
                    default -> "";
                };
    }

    private static String action(Random random) {
        return "action"
                + one(
                        random,
                        List.of(
                                "",
                                " == Errand::Action::\"issue\"",
                                " in Errand::Action::\"use\"",
                                " in [Errand::Action::\"use\", Errand::Action::\"delegate\"]"));
    }

    private static Question question(Random random) {
        Circumstances known = Circumstances.at(Instant.EPOCH)
                .senderConstrained(random.nextBoolean())
                .breakGlass(random.nextInt(3) == 0);
        return Some.question(
                one(random, NAMES),
                one(random, List.of("issue", "use", "delegate")),
                one(random, NAMES),
                random.nextBoolean() ? List.of("read") : List.of("read", "write"),
                known);
    }

    private static String one(Random random, List<String> of) {
        return of.get(random.nextInt(of.size()));
    }
}
