package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A person approves one exact use of a tool, and it is permitted once, exactly so. */
@BrokerTest
class ApprovedUsesTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("payments");
    private final String set = Scene.name("uses");
    private final Scene scene;
    private final JdbcClient jdbc;

    ApprovedUsesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        Acting.agent(scene, agent, Acting.tools(tool), Map.of("fingerprint", Map.of("model", "model-1")));
        scene.policy(set, policy("@approval(\"finance\")"));
    }

    private String policy(String annotations) {
        return """
                permit(principal == Errand::Agent::"%1$s", action == Errand::Action::"issue", resource);
                permit(principal == Errand::Agent::"%1$s", action == Errand::Action::"use", resource)
                when { context.actions == ["read"] };
                @id("writes") %2$s
                permit(principal == Errand::Agent::"%1$s", action == Errand::Action::"use", resource)
                when { context.actions == ["write"] };
                """.formatted(agent, annotations);
    }

    private Acting acting() {
        return Acting.on(scene, agent, Acting.tools(tool));
    }

    private Map<String, Object> pay(Acting acting, int amount) {
        Map<String, Object> request = acting.about(tool, "write");
        request.put(
                "resource", Map.of("type", "tool", "id", tool, "properties", Map.of("amount", amount, "to", "acme")));
        return request;
    }

    private JsonNode ask(Acting acting, Map<String, Object> request) {
        return Acting.ok(BusyService.ask(() -> acting.wire().post("/access/v1/evaluation", request)));
    }

    private static JsonNode approval(JsonNode answer) {
        return answer.path("context").path("approval");
    }

    private Wire person(String subject, String role, String... groups) {
        return scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        subject,
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of(role, "errand.approver"))
                                .claim("email", subject + "@example.com")
                                .claim("groups", List.of(groups))));
    }

    private Answer decide(Wire who, JsonNode answer, String decision) {
        return who.post(
                path(answer),
                Map.of(
                        "decision",
                        decision,
                        "digest",
                        approval(answer).path("digest").asString()));
    }

    private void approve(JsonNode answer) {
        assertThat(decide(person("alice", "errand.auditor", "finance"), answer, "approve")
                        .status())
                .isEqualTo(200);
    }

    private static String path(JsonNode answer) {
        return "/admin/v1/approvals/" + approval(answer).path("id").asString();
    }

    private JsonNode shown(JsonNode answer) {
        return scene.admin().get(path(answer)).json();
    }

    private long approvals() {
        return jdbc.sql("SELECT count(*) FROM approval WHERE agent = :agent")
                .param("agent", agent)
                .query(Long.class)
                .single();
    }

    @Test
    void itWaitsIsApprovedByAPersonAndPermittedOnce() {
        Acting acting = acting();

        JsonNode asked = ask(acting, pay(acting, 100));
        JsonNode again = ask(acting, pay(acting, 100));
        JsonNode shown = shown(asked);
        approve(asked);
        JsonNode permitted = ask(acting, pay(acting, 100));
        JsonNode next = ask(acting, pay(acting, 100));

        assertThat(asked.path("decision").asBoolean(true)).isFalse();
        assertThat(approval(asked).path("url").asString()).isEqualTo(BrokerTest.ISSUER + path(asked));
        assertThat(approval(asked).path("digest").asString()).matches("sha256:[0-9a-f]{64}");
        assertThat(approval(asked).path("expires_at").asString()).isNotEmpty();
        assertThat(Acting.texts(approval(asked).path("groups"))).containsExactly("finance");
        assertThat(approval(again)).isEqualTo(approval(asked));
        assertThat(shown.path("request").asString())
                .contains("\"amount\":100", "\"payload_sha256\":", "\"action\":\"write\"", acting.task(), set + "@");
        assertThat(permitted.path("decision").asBoolean())
                .as(permitted.toString())
                .isTrue();
        assertThat(approval(permitted).isMissingNode()).isTrue();
        assertThat(next.path("decision").asBoolean(true)).isFalse();
        assertThat(approval(next).path("id")).isNotEqualTo(approval(asked).path("id"));
        assertThat(shown(asked).path("state").asString()).isEqualTo("consumed");
        assertThat(approvals()).isEqualTo(2);
        assertThat(acting.events(permitted).getFirst().path("details").path("approval"))
                .isEqualTo(approval(asked).path("id"));
        assertThat(acting.tell(permitted, "succeeded").status()).isEqualTo(204);
    }

    @Test
    void whateverIsChangedNeedsAnother() {
        Acting acting = acting();
        Acting other = acting();
        JsonNode asked = ask(acting, pay(acting, 100));
        approve(asked);
        Map<String, Object> context = pay(acting, 100);
        context.put("context", Map.of("body_sha256", "0".repeat(64)));
        Map<String, Object> action = pay(acting, 100);
        action.put("action", Map.of("name", "write", "properties", Map.of("urgent", true)));

        List<JsonNode> changed = List.of(
                ask(acting, pay(acting, 101)), ask(acting, context), ask(acting, action), ask(other, pay(other, 100)));

        assertThat(changed).allSatisfy(answer -> {
            assertThat(answer.path("decision").asBoolean(true)).isFalse();
            assertThat(approval(answer).path("id").asString()).isNotEmpty();
            assertThat(approval(answer).path("digest"))
                    .isNotEqualTo(approval(asked).path("digest"));
        });
        scene.policy(set, policy("@approval(\"finance\")"));
        assertThat(approval(ask(acting, pay(acting, 100))).path("digest"))
                .isNotEqualTo(approval(asked).path("digest"));
    }

    @Test
    void ofManyAtOnceOneIsPermittedAndOnePersonIsAsked() throws Exception {
        Acting acting = acting();
        List<JsonNode> asked = atOnce(acting);
        approve(asked.getFirst());

        List<JsonNode> used = atOnce(acting);

        assertThat(asked)
                .extracting(answer -> approval(answer).path("id").asString())
                .containsOnly(approval(asked.getFirst()).path("id").asString());
        assertThat(used)
                .filteredOn(answer -> answer.path("decision").asBoolean())
                .hasSize(1);
        assertThat(approvals()).isEqualTo(2);
    }

    private List<JsonNode> atOnce(Acting acting) throws Exception {
        List<Callable<JsonNode>> calls = IntStream.range(0, 16)
                .<Callable<JsonNode>>mapToObj(i -> () -> ask(acting, pay(acting, 7)))
                .toList();
        List<JsonNode> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<JsonNode> answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
        }
        return answers;
    }

    @Test
    void aDenialStaysOneForTheSameThing() {
        Acting acting = acting();
        JsonNode asked = ask(acting, pay(acting, 100));
        assertThat(decide(person("alice", "errand.auditor", "finance"), asked, "deny")
                        .status())
                .isEqualTo(200);

        JsonNode again = ask(acting, pay(acting, 100));

        assertThat(again.path("decision").asBoolean(true)).isFalse();
        assertThat(acting.reason(again)).isEqualTo("approval_denied");
        assertThat(approvals()).isEqualTo(1);
    }

    @Test
    void whoOnlyLooksAsksNobody() {
        Acting acting = acting();
        Map<String, Object> looking = pay(acting, 100);
        looking.put("context", Map.of("completion_mode", "immediate"));
        Map<String, Object> odd = pay(acting, 100);
        odd.put("context", Map.of("completion_mode", "later"));
        Map<String, Object> inexact = acting.about(tool, "write");
        inexact.put(
                "resource", Map.of("type", "tool", "id", tool, "properties", Map.of("amount", 9_007_199_254_740_993L)));

        JsonNode looked = ask(acting, looking);
        JsonNode refused = ask(acting, inexact);

        assertThat(looked.path("decision").asBoolean(true)).isFalse();
        assertThat(approval(looked).has("id")).isFalse();
        assertThat(approval(looked).path("digest").asString()).startsWith("sha256:");
        assertThat(acting.reason(refused)).isEqualTo("not_canonical");
        assertThat(acting.wire().post("/access/v1/evaluation", odd).status()).isEqualTo(400);
        assertThat(approvals()).isZero();
        JsonNode asked = ask(acting, pay(acting, 100));
        assertThat(approval(asked).path("digest")).isEqualTo(approval(looked).path("digest"));
        approve(asked);
        assertThat(ask(acting, looking).path("decision").asBoolean()).isTrue();
    }

    @Test
    void aGatewaySeesTheSameAndMayNotAnswerItself() {
        Acting acting = acting();
        Wire gateway = person("root", "errand.pep", "finance");

        JsonNode asked = Acting.ok(gateway.post("/access/v1/evaluation", pay(acting, 100)));
        JsonNode own = ask(acting, pay(acting, 100));
        Answer self = decide(gateway, asked, "approve");

        assertThat(approval(own)).isEqualTo(approval(asked));
        assertThat(self.status()).as(self.text()).isEqualTo(403);
        assertThat(self.json().path("type").asString()).endsWith("own-request");
    }

    @Test
    void whatWaitsIsVoidWhenTheTaskEnds() {
        Acting acting = acting();
        JsonNode pending = ask(acting, pay(acting, 1));
        JsonNode approved = ask(acting, pay(acting, 2));
        approve(approved);

        acting.wire().post("/v1/tasks/" + acting.task() + "/cancel", "");

        assertThat(shown(pending).path("state").asString()).isEqualTo("voided");
        assertThat(shown(approved).path("state").asString()).isEqualTo("voided");
    }

    @Test
    void itsTimeOverSomebodyIsAskedAnew() {
        Acting acting = acting();
        JsonNode asked = ask(acting, pay(acting, 100));
        approve(asked);
        jdbc.sql("UPDATE approval SET expires_at = now() - interval '1 second' WHERE id = :id::uuid")
                .param("id", approval(asked).path("id").asString())
                .update();

        JsonNode late = ask(acting, pay(acting, 100));

        assertThat(late.path("decision").asBoolean(true)).isFalse();
        assertThat(approval(late).path("id")).isNotEqualTo(approval(asked).path("id"));
        assertThat(shown(asked).path("state").asString()).isEqualTo("expired");
    }

    @ParameterizedTest
    @ValueSource(strings = {"forbid", "lock", "lease"})
    void anApprovalOpensNothingThatIsClosed(String how) {
        Acting acting = acting();
        JsonNode asked = ask(acting, pay(acting, 100));
        approve(asked);
        switch (how) {
            case "forbid" ->
                scene.policy(
                        set,
                        "forbid(principal == Errand::Agent::\"" + agent
                                + "\", action == Errand::Action::\"use\", resource);");
            case "lease" -> acting.wire().delete("/v1/leases/" + acting.lease(tool));
            default ->
                scene.as("errand.operator")
                        .post(
                                "/admin/v1/revocations",
                                Map.of("scope", Map.of("agent", agent), "reason", "test", "lock", true));
        }

        JsonNode denied = ask(acting, pay(acting, 100));

        assertThat(denied.path("decision").asBoolean(true)).isFalse();
        assertThat(denied.path("context").has("approval")).isFalse();
        assertThat(shown(asked).path("state").asString()).isNotEqualTo("consumed");
        scene.admin()
                .get("/admin/v1/locks")
                .json()
                .path("items")
                .values()
                .forEach(lock -> scene.as("errand.operator")
                        .delete("/admin/v1/locks/" + lock.path("id").asString()));
    }

    @Test
    void theOwnerApprovesWhatDriftDefers() {
        Acting.agent(
                scene,
                agent,
                Acting.tools(tool),
                Map.of("on_drift", "defer", "owner", "olga@example.com", "fingerprint", Map.of("model", "model-1")));
        Acting acting = acting();
        Map<String, Object> drifted = new HashMap<>(acting.about(tool, "read"));
        drifted.put("context", Map.of("fingerprint", Map.of("model", "model-2")));

        JsonNode asked = ask(acting, drifted);
        Answer stranger = decide(person("alice", "errand.auditor", "finance"), asked, "approve");
        Answer owner = decide(person("olga", "errand.auditor"), asked, "approve");

        assertThat(Acting.texts(approval(asked).path("groups"))).containsExactly("owner:olga@example.com");
        assertThat(stranger.status()).isEqualTo(403);
        assertThat(owner.status()).as(owner.text()).isEqualTo(200);
        assertThat(ask(acting, drifted).path("decision").asBoolean()).isTrue();
        assertThat(ask(acting, drifted).path("decision").asBoolean(true)).isFalse();
    }
}
