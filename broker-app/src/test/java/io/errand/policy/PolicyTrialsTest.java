package io.errand.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.policy.PolicyAdmin.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** {@code POST /admin/v1/policies/test}: questions to a text that is not in force. */
@PolicyTest
class PolicyTrialsTest {

    private static final String CEDAR = """
            @id("reads") @max_ttl("PT5M") permit(principal == Errand::Agent::"reader", action, resource)
            when { context.actions == ["read"] && context.task.type == "triage" };
            @id("approved") @approval("finance") @liftable permit(principal, action, resource)
            when { context.actions == ["write"] };
            @id("night") @liftable forbid(principal, action, resource) when { context.now.hour < 6 };
            @id("soon") @observe forbid(principal, action, resource) when { !context.sender_constrained };
            """;
    private static final String NOON = "2026-11-20T12:00:00Z";
    private static final String NIGHT = "2026-11-20T03:00:00Z";

    @Autowired
    private PolicyAdmin admin;

    @Test
    void eachCaseIsComparedWithWhatIsExpectedOfIt() {
        JsonNode report = run(List.of(
                        a("read", NOON, Map.of("effect", "permit", "policies", List.of("reads"), "max_ttl", "PT5M")),
                        a("write", NOON, Map.of("effect", "defer", "approvals", List.of("finance"))),
                        a("read", NIGHT, Map.of("effect", "deny", "reason", "forbidden")),
                        a("read", NOON, Map.of("effect", "permit", "observed", List.of("soon"))),
                        a("read", NOON, Map.of("effect", "deny")),
                        a("drop", NOON, Map.of("effect", "deny", "reason", "forbidden"))))
                .body();

        assertThat(report.path("passed").asInt()).isEqualTo(4);
        assertThat(report.path("failed").asInt()).isEqualTo(2);
        assertThat(report.path("results").path(4).path("mismatch").asString())
                .isEqualTo("effect is permit, expected was deny");
        assertThat(report.path("results").path(5).path("mismatch").asString())
                .isEqualTo("reason is no_permit, expected was forbidden");
    }

    @Test
    void breakGlassIsAskedOfTheCaseAlone() {
        Map<String, Object> ask = Map.of(
                "agent",
                "reader",
                "tool",
                "db",
                "actions",
                List.of("write"),
                "context",
                Map.of("now", NIGHT, "break_glass", true));

        JsonNode report = run(List.of(Map.of(
                        "ask", ask, "expect", Map.of("effect", "permit", "lifted", List.of("approved", "night")))))
                .body();

        assertThat(report.path("passed").asInt()).as("%s", report).isEqualTo(1);
    }

    @Test
    void whatCannotBeAskedIsRefusedAndSaysWhere() {
        Map<String, Object> good = a("read", NOON, Map.of("effect", "permit"));
        Map<String, Object> stranger =
                Map.of("ask", Map.of("agent", "nobody", "tool", "db"), "expect", Map.of("effect", "deny"));

        Answer unknown = run(List.of(good, stranger));
        Answer nothing = run(List.of());
        Answer unexpected = run(List.of(Map.of("ask", Map.of("agent", "reader", "tool", "db"))));
        Answer flawed = admin.post("/test", Map.of("cedar", "permit(", "cases", List.of(good)));

        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.body().path("member").asString()).isEqualTo("cases[1].ask.agent");
        assertThat(nothing.body().path("member").asString()).isEqualTo("cases");
        assertThat(unexpected.body().path("member").asString()).isEqualTo("cases[0].expect.effect");
        assertThat(flawed.status()).isEqualTo(422);
    }

    private Answer run(List<Map<String, Object>> cases) {
        return admin.post(
                "/test",
                Map.of(
                        "cedar",
                        CEDAR,
                        "agents",
                        List.of(Map.of("name", "reader", "task_types", List.of("triage"))),
                        "tools",
                        List.of(Map.of("name", "db", "actions", List.of("read", "write", "drop"))),
                        "cases",
                        cases));
    }

    private static Map<String, Object> a(String action, String now, Map<String, Object> expect) {
        return Map.of(
                "ask",
                Map.of("agent", "reader", "tool", "db", "actions", List.of(action), "context", Map.of("now", now)),
                "expect",
                expect);
    }
}
