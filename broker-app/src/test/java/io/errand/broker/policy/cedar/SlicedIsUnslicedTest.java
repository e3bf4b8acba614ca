package io.errand.broker.policy.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left out of a slice would not have spoken. */
class SlicedIsUnslicedTest {

    private static final List<String> NAMES = List.of("a", "b", "c", "unnamed");
    private static final List<String> ANNOTATIONS = List.of(
            "", "", "", "@require_dpop ", "@max_ttl(\"PT3M\") ", "@approval(\"finance\") @liftable ", "@observe ");
    private static final List<String> OF_FORBIDS = List.of("", "@liftable ", "@observe ", "@reason(\"No.\") ");

    private final CedarEvaluator cedarEvaluator = new CedarEvaluator(Some.SCHEMA);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyQuestionHasTheSameAnswer(long seed) {
        Random random = new Random(seed);
        List<PolicySubset.Member> all = Some.policies(
                IntStream.range(0, 40).mapToObj(i -> policy(random)).collect(Collectors.joining("\n")));
        PolicyIndex index = new PolicyIndex(all);
        PolicySubset whole = new PolicySubset(all);

        Map<Class<?>, Integer> seen = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            PolicyRequest policyRequest = question(random);
            PolicyDecision unsliced = cedarEvaluator.rule(policyRequest, whole);
            assertThat(cedarEvaluator.rule(policyRequest, index.slice(policyRequest)))
                    .as("seed %d, question %s", seed, policyRequest)
                    .isEqualTo(unsliced);
            seen.merge(unsliced.getClass(), 1, Integer::sum);
        }
        // Else this would prove little.
        assertThat(seen.keySet()).contains(PolicyDecision.Permit.class, PolicyDecision.Deny.class);
    }

    /** Most apply to nothing, some to some questions, and in some cases there is one that fails for some. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void policiesThatAreAskedTogetherSayWhatEachSays(long seed) {
        Random random = new Random(seed);
        List<PolicySubset.Member> all = Some.policies(IntStream.range(0, 260)
                .mapToObj(i -> aboutAnything(random, seed))
                .collect(Collectors.joining("\n")));
        PolicyIndex index = new PolicyIndex(all);
        PolicySubset whole = new PolicySubset(all);

        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < 200; i++) {
            PolicyRequest policyRequest = question(random);
            PolicySubset policySubset = index.slice(policyRequest);
            PolicyDecision alone = cedarEvaluator.rule(policyRequest, whole);
            assertThat(cedarEvaluator.rule(policyRequest, policySubset))
                    .as("seed %d, question %s", seed, policyRequest)
                    .isEqualTo(alone);
            assertThat(policySubset.rough(EvaluationPhase.IN_EFFECT)).isPresent();
            seen.merge(alone instanceof PolicyDecision.Deny deny ? deny.reason() : "permit", 1, Integer::sum);
        }
        // Else this would prove little.
        assertThat(seen).containsKeys("permit", seed % 3 == 0 ? "policy_error" : "forbidden");
    }

    /** Asked together, the second is not reached, as the first applies. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "forbid(principal, action, resource);",
                "permit(principal == Errand::Agent::\"a\", action, resource);"
            })
    void aPermitThatFailsIsNotOverlooked(String other) {
        PolicyIndex index = new PolicyIndex(Some.policies("permit(principal, action, resource);"
                + "permit(principal, action, resource) when { context.task.on_behalf_of == \"person:corp:ann\" };"
                + "permit(principal, action, resource) when { resource.name == \"y\" };".repeat(70)
                + other));
        PolicyRequest policyRequest = Some.question("a", "issue", "x");

        PolicyDecision policyDecision = cedarEvaluator.rule(policyRequest, index.slice(policyRequest));

        assertThat(policyDecision).isInstanceOfSatisfying(PolicyDecision.Deny.class, deny -> {
            assertThat(deny.reason()).isEqualTo("policy_error");
            assertThat(deny.policies()).containsExactly("s@1/policy1");
        });
    }

    @Test
    void aFewPoliciesAreAskedOneByOne() {
        PolicyIndex index = new PolicyIndex(Some.policies("forbid(principal, action, resource);".repeat(15)
                + "permit(principal, action, resource) when { resource.name == \"y\" };".repeat(63)));

        assertThat(index.slice(Some.question("a", "issue", "x")).rough(EvaluationPhase.IN_EFFECT))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    permit(principal, action, resource); | true
                    @reason("forbid (x)") forbid(principal, action, resource) unless { true }; | !( true #)
                    permit(principal is Errand::Agent, action in [Errand::Action::"use", Errand::Action::"issue"], resource) when { "}" == "{" }; | (principal is Errand::Agent#) && ( action in [Errand::Action::"use", Errand::Action::"issue"]#) && ( "}" == "{" #)
                    permit(principal, action, resource) when { {a: 1}.a == 1 } unless { 2 > 3 }; | ( {a: 1}.a == 1 #) && !( 2 > 3 #)
                    """)
    void whatAPolicySaysIsOneExpression(String policy, String condition) {
        assertThat(Condition.of(Statement.split(policy).getFirst()))
                .hasValueSatisfying(said -> assertThat(said.replace('\n', '#')).isEqualTo(condition));
    }

    private static String aboutAnything(Random random, long seed) {
        // With few permits, what a forbid hides of them is known.
        boolean few = seed % 2 == 0;
        boolean permit = random.nextInt(few ? 6 : 2) == 0;
        String seldom =
                "resource.name == \"" + one(random, NAMES) + "\" && principal.name == \"" + one(random, NAMES) + "\"";
        String condition = switch (random.nextInt(seed % 3 == 0 ? 40 : 36)) {
            case 0 -> " when { " + seldom + " }";
            case 1 -> " when { " + seldom + " // and nothing else };\n } unless { context.break_glass }";
            case 2 -> " unless { context.actions == [\"read\"] || !(" + seldom + ") }";
            case 3 -> permit ? " when { context.actions == [\"read\"] }" : " when { false }";
            case 9, 10, 11 -> permit && few ? " when { context.actions == [\"read\"] }" : " when { false }";
            case 4, 5, 6, 7, 8 -> " when { resource.name == \"}\" } when { context.task.depth }";
            case 36 -> " when { " + seldom + " && context.task.on_behalf_of == \"person:corp:ann\" }";
            case 37 -> " when { if " + seldom + " then 1 else false }";
            case 38 -> " when { " + seldom + " } unless { context.task.ttl_seconds + 9223372036854775807 > 0 }";
            case 39 -> " when { " + seldom + " } when { context.task.depth }";
            default -> " when { resource.name == \"other-" + random.nextInt(50) + "\" }";
        };
        return (permit ? one(random, ANNOTATIONS) + "permit" : one(random, OF_FORBIDS) + "forbid")
                + one(random, List.of("(principal", "(principal is Errand::Agent")) + ", " + action(random)
                + ", resource)" + condition + ";";
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

        PolicySubset policySubset = index.slice(Some.question("a", "issue", "x"));

        assertThat(policySubset.ids()).containsExactlyInAnyOrder("s@1/mine", "s@1/also-mine", "s@1/all");
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

    private static PolicyRequest question(Random random) {
        PolicyContext known = PolicyContext.at(Instant.EPOCH)
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
