package io.errand.policy;

import static io.errand.policy.Ask.toRead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyDecision.Approval;
import io.errand.broker.policy.PolicyDecision.Defer;
import io.errand.broker.policy.PolicyDecision.Deny;
import io.errand.broker.policy.PolicyDecision.Permit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** May it? P5: whatever is not clearly permitted is denied. */
@PolicyTest
class DecisionsTest {

    @Autowired
    private Policies policies;

    @Autowired
    private PolicyAdmin admin;

    @Autowired
    private JdbcClient jdbc;

    @BeforeEach
    void nothingInForce() {
        jdbc.sql("UPDATE policy_version SET status = 'deleted'").update();
    }

    static Stream<Arguments> conditions() {
        return Stream.of(
                holds("true", toRead()),
                holds("principal == Errand::Agent::\"invoice-triage\"", toRead()),
                fails("principal == Errand::Agent::\"invoice-triage\"", toRead().as("other")),
                holds("principal.owner like \"*@example.com\" && principal.tools.contains(resource.name)", toRead()),
                holds("principal has model && principal.model == \"model-1\"", toRead()),
                holds("principal.task_types.contains(context.task.type)", toRead()),
                fails("principal.task_types.contains(context.task.type)", toRead().forTask("payroll")),
                holds("action == Errand::Action::\"use\"", toRead().to("use")),
                fails("action == Errand::Action::\"use\"", toRead().to("delegate")),
                holds("resource == Errand::Tool::\"orders-db\" && resource.backend == \"postgres\"", toRead()),
                fails("resource.sensitivity != \"restricted\"", toRead().of("restricted")),
                fails("resource.environment != \"production\"", toRead()),
                holds("resource.environment != \"production\"", toRead().in("test")),
                holds(
                        "resource.labels.contains(\"customer-pii\") && resource.datatypes.contains(\"customers\")",
                        toRead()),
                holds("resource has tenant && resource.tenant == \"emea\"", toRead()),
                holds("context.actions == [\"read\"]", toRead()),
                fails("context.actions == [\"read\"]", toRead().doing("read", "write")),
                holds("[\"read\", \"write\"].containsAll(context.kinds)", toRead().doing("read", "write")),
                fails("[\"read\", \"write\"].containsAll(context.kinds)", toRead().doing("read", "vacuum")),
                holds("context.task.depth == 0 && context.task.ttl_seconds <= 600", toRead()),
                holds("context.task.purpose like \"*invoice*\"", toRead()),
                fails("context.task has on_behalf_of", toRead()),
                holds(
                        "context.task has on_behalf_of && context.task.on_behalf_of like \"person:*:bob\"",
                        toRead().onBehalf("person:https://login.example:bob")),
                holds(
                        "context.task.context.hasTag(\"invoice\") && context.task.context.getTag(\"invoice\") == \"42\"",
                        toRead().declaring(Map.of("invoice", 42, "lines", List.of("a")))),
                fails("context.task.context.hasTag(\"lines\")", toRead().declaring(Map.of("lines", List.of("a")))),
                // What an agent declares is data, also where it looks like Cedar's own JSON.
                holds(
                        "context.task.context.hasTag(\"__entity\")",
                        toRead().declaring(
                                        Map.of("__entity", "x", "__extn", "\"; permit(principal, action, resource);"))),
                holds("context.session.labels.isEmpty() && !context.session.counters.hasTag(\"rows\")", toRead()),
                fails("context.approval.granted || context.break_glass || context.fingerprint.changed", toRead()),
                fails("context.fingerprint.attested", toRead()),
                fails("context.risk > 0 || context has runtime", toRead()),
                fails("context.sender_constrained", toRead()),
                holds("context.sender_constrained", toRead().bound()),
                holds("context.now.weekday == 7 && context.now.hour == 5", toRead()),
                holds(
                        "context.now.at < datetime(\"2027-01-01\") && context.now.at.toTime() > duration(\"5h\")",
                        toRead()));
    }

    @ParameterizedTest
    @MethodSource("conditions")
    void aConditionSeesWhatIsAsked(String condition, Ask ask, boolean permitted) {
        int version = admin.activate("/conditions", "permit(principal, action, resource) when { " + condition + " };");

        assertThat(policies.decide(ask.question()))
                .isEqualTo(
                        permitted
                                ? new Permit(List.of("conditions@" + version + "/policy0"), null, List.of(), List.of())
                                : new Deny(List.of(), "no_permit", List.of(), List.of()));
    }

    static Stream<Arguments> sets() {
        return Stream.of(
                arguments(
                        "nothing at all is a denial",
                        "",
                        toRead(),
                        new Deny(List.of(), "no_permit", List.of(), List.of())),
                arguments(
                        "an unqualified permit applies to everything",
                        "permit(principal, action, resource);",
                        toRead().to("delegate"),
                        new Permit(List.of("s@V/policy0"), null, List.of(), List.of())),
                arguments(
                        "a forbid wins and says why",
                        """
                        @id("all") permit(principal, action, resource);
                        @id("not-now") @reason("Month end.") forbid(principal, action, resource);
                        @reason("Never; ask \\"AP\\".") forbid(principal, action, resource);
                        """,
                        toRead(),
                        new Deny(
                                List.of("s@V/not-now", "s@V/policy2"),
                                "forbidden",
                                List.of("Month end.", "Never; ask \"AP\"."),
                                List.of())),
                arguments(
                        "a permit with approval defers",
                        """
                        @approval("finance") @id("a") permit(principal, action, resource);
                        @approval("audit") @id("b") permit(principal, action, resource);
                        """,
                        toRead(),
                        new Defer(
                                List.of("s@V/a", "s@V/b"),
                                List.of(new Approval("audit", 1, false), new Approval("finance", 1, false)),
                                List.of())),
                arguments(
                        "a plain permit makes approval needless, and the other's limit with it",
                        """
                        @approval("finance") @max_ttl("PT1M") permit(principal, action, resource);
                        @id("plain") @max_ttl("PT5M") permit(principal, action, resource);
                        """,
                        toRead(),
                        new Permit(List.of("s@V/plain"), Duration.ofMinutes(5), List.of(), List.of())),
                arguments(
                        "the shortest limit of the permits that apply",
                        """
                        @id("a") @max_ttl("PT5M") permit(principal, action, resource);
                        @id("b") @max_ttl("PT2M") permit(principal, action, resource);
                        @id("c") permit(principal, action, resource);
                        @id("d") @max_ttl("PT1S") permit(principal, action, resource) when { context.break_glass };
                        """,
                        toRead(),
                        new Permit(List.of("s@V/a", "s@V/b", "s@V/c"), Duration.ofMinutes(2), List.of(), List.of())),
                arguments(
                        "a permit for bound tokens does not count for others",
                        "@require_dpop permit(principal, action, resource);",
                        toRead(),
                        new Deny(
                                List.of("s@V/policy0"),
                                "dpop_required",
                                List.of("This is given only to a token that is bound to a key: send a DPoP proof."),
                                List.of())),
                arguments(
                        "a permit for bound tokens counts for them",
                        "@require_dpop permit(principal, action, resource);",
                        toRead().bound(),
                        new Permit(List.of("s@V/policy0"), null, List.of(), List.of())),
                arguments(
                        "without the bound token, the permit with approval is left",
                        """
                        @require_dpop permit(principal, action, resource);
                        @approval("finance") permit(principal, action, resource);
                        """,
                        toRead(),
                        new Defer(List.of("s@V/policy1"), List.of(new Approval("finance", 1, false)), List.of())),
                arguments(
                        "who must approve: of one group, as many as the strictest says",
                        """
                        @approval("finance") @approvers("2") @id("a") permit(principal, action, resource);
                        @approval("finance") @owner_may_not_approve @id("b") permit(principal, action, resource);
                        @approval("audit") @approvers("10") @id("c") permit(principal, action, resource);
                        """,
                        toRead(),
                        new Defer(
                                List.of("s@V/a", "s@V/b", "s@V/c"),
                                List.of(new Approval("audit", 10, false), new Approval("finance", 2, true)),
                                List.of())),
                arguments(
                        "break-glass lifts nothing while it is not active",
                        """
                        permit(principal, action, resource);
                        @id("night") @liftable forbid(principal, action, resource);
                        """,
                        toRead(),
                        new Deny(List.of("s@V/night"), "forbidden", List.of(), List.of())),
                arguments(
                        "break-glass lifts the forbids marked so, and says which",
                        """
                        permit(principal, action, resource);
                        @id("night") @liftable forbid(principal, action, resource);
                        @id("elsewhere") @liftable forbid(principal == Errand::Agent::"other", action, resource);
                        """,
                        toRead().breakingGlass(),
                        new Permit(List.of("s@V/policy0"), null, List.of("s@V/night"), List.of())),
                arguments(
                        "break-glass lifts no other forbid",
                        """
                        permit(principal, action, resource);
                        @id("night") @liftable forbid(principal, action, resource);
                        @id("never") forbid(principal, action, resource);
                        """,
                        toRead().breakingGlass(),
                        new Deny(List.of("s@V/never"), "forbidden", List.of(), List.of())),
                arguments(
                        "break-glass permits nothing by itself",
                        "@id(\"night\") @liftable forbid(principal, action, resource);",
                        toRead().breakingGlass(),
                        new Deny(List.of(), "no_permit", List.of(), List.of())),
                arguments(
                        "break-glass spares the approval that is marked so",
                        """
                        @approval("finance") @liftable @id("a") permit(principal, action, resource);
                        @approval("audit") @id("b") permit(principal, action, resource);
                        """,
                        toRead().breakingGlass(),
                        new Permit(List.of("s@V/a"), null, List.of("s@V/a"), List.of())),
                arguments(
                        "break-glass spares no other approval",
                        "@approval(\"audit\") @id(\"b\") permit(principal, action, resource);",
                        toRead().breakingGlass(),
                        new Defer(List.of("s@V/b"), List.of(new Approval("audit", 1, false)), List.of())),
                arguments(
                        "what needs no break-glass is no use of it",
                        """
                        @approval("finance") @liftable @id("a") permit(principal, action, resource);
                        @id("b") permit(principal, action, resource);
                        """,
                        toRead().breakingGlass(),
                        new Permit(List.of("s@V/b"), null, List.of(), List.of())),
                arguments(
                        "an observed forbid denies nothing and is seen",
                        """
                        permit(principal, action, resource);
                        @id("soon") @observe forbid(principal, action, resource);
                        @id("elsewhere") @observe forbid(principal == Errand::Agent::"other", action, resource);
                        """,
                        toRead(),
                        new Permit(List.of("s@V/policy0"), null, List.of(), List.of("s@V/soon"))),
                arguments(
                        "an observed permit permits nothing and is seen",
                        "@id(\"soon\") @observe permit(principal, action, resource);",
                        toRead(),
                        new Deny(List.of(), "no_permit", List.of(), List.of("s@V/soon"))),
                arguments(
                        "an observed policy that fails harms nobody",
                        """
                        permit(principal, action, resource);
                        @observe forbid(principal, action, resource)
                        when { context.task.ttl_seconds + 9223372036854775807 < 0 };
                        """,
                        toRead(),
                        new Permit(List.of("s@V/policy0"), null, List.of(), List.of())),
                arguments(
                        "a policy that fails denies, although another permits",
                        """
                        @id("all") permit(principal, action, resource);
                        @id("sum") forbid(principal, action, resource)
                        when { context.task.ttl_seconds + 9223372036854775807 < 0 };
                        """,
                        toRead(),
                        new Deny(List.of("s@V/sum"), "policy_error", List.of(), List.of())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sets")
    void aSetRules(String name, String cedar, Ask ask, PolicyDecision expected) {
        int version = admin.activate("/s", cedar);

        assertThat(policies.decide(ask.question()))
                .hasToString(expected.toString().replace("s@V/", "s@" + version + "/"));
    }

    @Test
    void noPolicyDenies() {
        assertThat(policies.decide(toRead().question()))
                .isEqualTo(new Deny(List.of(), "no_permit", List.of(), List.of()));
    }

    @Test
    void aDraftDecidesNothing() {
        admin.put("/d", Map.of("cedar", "permit(principal, action, resource);", "status", "draft"), null);

        assertThat(policies.decide(toRead().question())).isInstanceOf(Deny.class);
    }

    @Test
    void aStoredSetThatDoesNotParseDeniesEverything() {
        admin.activate("/good", "permit(principal, action, resource);");
        jdbc.sql("""
                        INSERT INTO policy_version (id, name, version, status, cedar, author)
                        VALUES (gen_random_uuid(), 'broken', 1, 'active', 'forbid(', 'nobody')
                        """).update();

        assertThat(policies.decide(toRead().question()))
                .isEqualTo(new Deny(List.of(), "policy_error", List.of(), List.of()));
    }

    @Test
    void anActionOutsideTheSchemaDenies() {
        admin.activate("/good", "permit(principal, action, resource);");

        assertThat(policies.decide(toRead().to("own").question()))
                .isEqualTo(new Deny(List.of(), "policy_error", List.of(), List.of()));
    }

    @Test
    void theNextDecisionSeesAChange() {
        String permit = "permit(principal, action, resource);";

        admin.activate("/hot", permit);
        assertThat(policies.decide(toRead().question())).isInstanceOf(Permit.class);
        admin.activate("/hot", "forbid(principal, action, resource);");
        assertThat(policies.decide(toRead().question())).isInstanceOf(Deny.class);
        int version = admin.activate("/hot", permit);
        assertThat(policies.decide(toRead().question()))
                .isEqualTo(new Permit(List.of("hot@" + version + "/policy0"), null, List.of(), List.of()));
        admin.delete("/hot");
        assertThat(policies.decide(toRead().question())).isInstanceOf(Deny.class);
    }

    @Test
    void whatIsInvalidLeavesTheOldOneInForce() {
        int version = admin.activate("/kept", "permit(principal, action, resource);");

        assertThat(admin.put("/kept", Map.of("cedar", "forbid(principal, action"), null)
                        .status())
                .isEqualTo(422);

        assertThat(policies.decide(toRead().question()))
                .isEqualTo(new Permit(List.of("kept@" + version + "/policy0"), null, List.of(), List.of()));
    }

    private static Arguments holds(String condition, Ask ask) {
        return arguments(condition, ask, true);
    }

    private static Arguments fails(String condition, Ask ask) {
        return arguments(condition, ask, false);
    }
}
