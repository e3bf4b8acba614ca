package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** P3: when a limit becomes shorter, what is live under the longer one ends as if it had been granted under the shorter. */
@BrokerTest
class CutShortTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String set = Scene.name("short");
    private final Scene scene;
    private final Operators operators;

    CutShortTest(@LocalServerPort int port) {
        scene = new Scene(port);
        operators = new Operators(scene);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void aShorterMaxTtlCountsFromTheGrant() {
        JsonNode granted = granted();
        Instant before = end(view(granted));

        permitFor("PT2M");

        JsonNode event = reassessed(granted, "cut");
        Instant end = created(granted).plus(Duration.ofMinutes(2));
        assertThat(end).isBefore(before);
        assertThat(end(view(granted))).isEqualTo(end);
        assertThat(event.path("details").path("was").asString()).isEqualTo(before.toString());
        assertThat(event.path("details").path("expires_at").asString()).isEqualTo(end.toString());
        assertThat(event.path("details").path("cause").asString()).startsWith("policy ");
        assertThat(event.path("details").path("steps").path(0).path("policies").toString())
                .contains(set + "@1/short");
        assertThat(operators.isActive(granted.path("credentials").path(0))).isTrue();
        scene.complete(granted);
    }

    @Test
    void aRenewalGoesNoFurtherAndCountsAnew() {
        JsonNode granted = granted();
        permitFor("PT2M");
        reassessed(granted, "cut");

        Instant asked = Instant.now();
        Answer renewed = scene.anonymous()
                .as(granted.path("access_token").asString())
                .post("/v1/leases/" + lease(granted) + "/renew", Map.of("ttl", "PT5M"));

        assertThat(renewed.status()).as(renewed.text()).isEqualTo(200);
        assertThat(end(renewed.json())).isBefore(asked.plus(Duration.ofSeconds(150)));
        assertThat(end(renewed.json())).isAfter(created(granted).plus(Duration.ofMinutes(2)));
        permitFor("PT1M59S");
        await("the second one to be cut")
                .atMost(SOON)
                .until(() -> end(view(granted)), end(renewed.json()).minusSeconds(1)::equals);
        scene.complete(granted);
    }

    @Test
    void atItsNewEndItIsGoneAtATargetThatWouldHaveKeptItLonger() {
        JsonNode granted = granted();
        Instant atTarget = Instant.parse(Operators.validUntil(lease(granted)));

        permitFor("PT4S");

        await("the login to be gone").atMost(SOON).until(() -> !Operators.isInCatalogue(lease(granted)));
        assertThat(Instant.now()).isBefore(atTarget);
        await("a receipt")
                .atMost(SOON)
                .until(() -> view(granted).path("receipt").asString(""), receipt -> !receipt.isEmpty());
        assertThat(operators.isActive(granted.path("credentials").path(0))).isFalse();
    }

    @Test
    void whatWouldHaveEndedAlreadyIsRevokedAtOnce() {
        JsonNode granted = granted();
        await("the lease to be older than it may become")
                .atMost(SOON)
                .until(() -> Instant.now().isAfter(created(granted).plusSeconds(2)));

        permitFor("PT1S");

        assertThat(reassessed(granted, "denied").path("details").path("reason").asString())
                .isEqualTo("max_ttl_passed");
        assertThat(view(granted).path("reason").asString()).isEqualTo("policy");
        assertThat(operators.isActive(granted.path("credentials").path(0))).isFalse();
    }

    @Test
    void aTokenThatOthersHoldKeepsItsExpAndIsInactiveHere() {
        String erp = Scene.name("erp");
        scene.jwtTool(erp, Map.of());
        scene.agent(agent, erp, Map.of());
        JsonNode granted = scene.exchange(Scene.request(agent, erp, "read")).json();
        JsonNode credential = granted.path("credentials").path(0);

        permitFor("PT4S");

        await("the token to be inactive").atMost(SOON).until(() -> !operators.isActive(credential));
        long exp = scene.verified(credential.path("data").path("token").asString())
                .path("exp")
                .asLong();
        assertThat(Instant.ofEpochSecond(exp)).isAfter(Instant.now());
        assertThat(view(granted).path("state").asString()).isEqualTo("revoking");
    }

    @Test
    void aToolAndAnAgentThatAreNarrowedCutToo() {
        JsonNode granted = granted();

        scene.postgresTool(tool, Map.of("max_ttl", "PT3M"));
        await("the tool's limit")
                .atMost(SOON)
                .until(() -> end(view(granted)), created(granted).plus(Duration.ofMinutes(3))::equals);
        scene.agent(agent, tool, Map.of("max_ttl", "PT2M"));

        Instant declared = Instant.parse(scene.anonymous()
                .as(granted.path("access_token").asString())
                .get("/v1/tasks/" + granted.path("task").path("id").asString())
                .json()
                .path("created_at")
                .asString());
        await("the agent's limit")
                .atMost(SOON)
                .until(() -> end(view(granted)), declared.plus(Duration.ofMinutes(2))::equals);
        scene.complete(granted);
    }

    @Test
    void aLongerMaxTtlGivesNothingBack() {
        permitFor("PT1M");
        JsonNode granted = granted();
        Instant before = end(view(granted));

        permitFor("PT2M");
        JsonNode other = granted();
        permitFor("PT90S");
        reassessed(other, "cut");

        assertThat(end(view(granted))).isEqualTo(before);
        scene.complete(granted);
        scene.complete(other);
    }

    private void permitFor(String maxTtl) {
        scene.policy(
                set,
                "@id(\"short\") @max_ttl(\"" + maxTtl + "\") permit(principal == Errand::Agent::\"" + agent
                        + "\", action, resource);");
    }

    private JsonNode granted() {
        JsonNode granted = scene.exchange(Scene.request(agent, tool, "read")).json();
        assertThat(granted.path("credentials").size()).as(granted.toString()).isEqualTo(1);
        return granted;
    }

    private JsonNode view(JsonNode granted) {
        return scene.anonymous()
                .as(granted.path("access_token").asString())
                .get("/v1/leases/" + lease(granted))
                .json();
    }

    private static String lease(JsonNode granted) {
        return granted.path("credentials").path(0).path("lease_id").asString();
    }

    private Instant created(JsonNode granted) {
        return Instant.parse(view(granted).path("created_at").asString());
    }

    private static Instant end(JsonNode lease) {
        return Instant.parse(lease.path("expires_at").asString());
    }

    private JsonNode reassessed(JsonNode granted, String outcome) {
        return await("the lease is decided again")
                .atMost(SOON)
                .until(
                        () -> scene.events("lease=" + lease(granted) + "&kind=lease.reassessed").stream()
                                .filter(event ->
                                        event.path("outcome").asString().equals(outcome))
                                .toList(),
                        events -> !events.isEmpty())
                .getFirst();
    }
}
