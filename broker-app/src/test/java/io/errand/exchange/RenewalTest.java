package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** P3: a renewal is decided again, moves the end within the task's, and brings nothing back. */
@BrokerTest
class RenewalTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Operators operators;

    RenewalTest(@LocalServerPort int port) {
        scene = new Scene(port);
        operators = new Operators(scene);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of("max_ttl", "PT1M"));
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void theEndMovesOnRecordAndAtTheTarget() {
        JsonNode granted = granted();
        Instant before = end(granted.path("credentials").path(0));

        Answer renewed = renew(granted, Map.of());

        assertThat(renewed.status()).as(renewed.text()).isEqualTo(200);
        assertThat(end(renewed.json()))
                .isAfter(before)
                .isBefore(before.plus(Duration.ofSeconds(30)))
                .isBefore(Instant.parse(granted.path("task").path("expires_at").asString()));
        assertThat(Instant.parse(Operators.validUntil(lease(granted)))).isEqualTo(end(renewed.json()));
        assertThat(scene.events("lease=" + lease(granted)))
                .extracting(event -> event.path("kind").asString())
                .contains("lease.renewed");
        scene.complete(granted);
    }

    @Test
    void itNeverEndsLaterThanTheTaskAndNeverSooner() {
        scene.postgresTool(tool, Map.of("max_ttl", "PT10M"));
        JsonNode granted = granted();
        Instant task = Instant.parse(granted.path("task").path("expires_at").asString());

        Answer longer = renew(granted, Map.of("ttl", "P1D"));
        Answer shorter = renew(granted, Map.of("ttl", "PT1S"));

        assertThat(end(longer.json())).isEqualTo(task);
        assertThat(end(shorter.json())).isEqualTo(task);
        assertThat(renew(granted, Map.of("ttl", "PT0S")).status()).isEqualTo(400);
        assertThat(renew(granted, Map.of("until", "x")).status()).isEqualTo(400);
        scene.complete(granted);
    }

    @Test
    void policyDecidesAgain() {
        JsonNode granted = granted();
        scene.policy(
                "renewals",
                "@reason(\"no more\") forbid(principal == Errand::Agent::\"" + agent + "\", action, resource);");

        Answer refused = renew(granted, Map.of());
        scene.admin().delete("/admin/v1/policies/renewals");

        assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        JsonNode event = scene.events(
                        "decision=" + refused.json().path("decision_id").asString())
                .getFirst();
        assertThat(event.path("kind").asString()).isEqualTo("lease.renewal_denied");
        assertThat(event.path("details").path("reason").asString()).isEqualTo("policy_forbidden");
        scene.complete(granted);
    }

    @Test
    void aLockAndANarrowerAgentRefuse() {
        JsonNode granted = granted();
        Answer elsewhere = operators.revoke(Map.of("lease", lease(granted())), false);
        Answer locked = operators.revoke(Map.of("owner", "team@example.com"), true);
        Answer stopped = renew(granted, Map.of());
        operators.unlock(locked);
        JsonNode again = granted();
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("write")))));
        Answer outside = renew(again, Map.of());

        assertThat(elsewhere.status()).isEqualTo(202);
        assertThat(stopped.status()).isEqualTo(403);
        assertThat(outside.status()).isEqualTo(403);
        scene.complete(again);
    }

    @Test
    void whatHasEndedStaysSo() {
        JsonNode granted = granted();
        JsonNode other = granted();
        scene.anonymous().as(granted.path("access_token").asString()).delete("/v1/leases/" + lease(granted));

        Answer ended = renew(granted, Map.of());
        Answer foreign = scene.anonymous()
                .as(other.path("access_token").asString())
                .post("/v1/leases/" + lease(granted) + "/renew", Map.of());

        assertThat(ended.status()).isEqualTo(409);
        assertThat(foreign.status()).isEqualTo(404);
        scene.complete(granted);
        scene.complete(other);
    }

    @Test
    void aTokenThatOthersHoldCannotBeExtended() {
        String erp = Scene.name("erp");
        String caller = Scene.name("agent");
        scene.jwtTool(erp, Map.of("max_ttl", "PT5S"));
        scene.agent(caller, erp, Map.of());
        JsonNode granted = scene.exchange(Scene.request(caller, erp, "read")).json();
        Instant before = end(view(granted));

        Answer refused = renew(granted, Map.of());

        assertThat(refused.status()).as(refused.text()).isEqualTo(409);
        assertThat(end(view(granted))).isEqualTo(before);
        scene.complete(granted);
    }

    @Test
    void aTargetThatDoesNotFollowLeavesTheEndWhereItWas() {
        JsonNode granted = granted();
        Instant before = end(view(granted));
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "DROP ROLE \"errand_" + lease(granted) + "\"");

        Answer refused = renew(granted, Map.of());

        assertThat(refused.status()).as(refused.text()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).isNotEmpty();
        assertThat(end(view(granted))).isEqualTo(before);
        scene.complete(granted);
    }

    private JsonNode view(JsonNode granted) {
        return scene.anonymous()
                .as(granted.path("access_token").asString())
                .get("/v1/leases/" + lease(granted))
                .json();
    }

    private Answer renew(JsonNode granted, Map<String, Object> body) {
        return scene.anonymous()
                .as(granted.path("access_token").asString())
                .post("/v1/leases/" + lease(granted) + "/renew", body);
    }

    private static String lease(JsonNode granted) {
        return granted.path("credentials").path(0).path("lease_id").asString();
    }

    private static Instant end(JsonNode lease) {
        return Instant.parse(lease.path("expires_at").asString());
    }

    private JsonNode granted() {
        Answer answer = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }
}
