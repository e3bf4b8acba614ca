package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Once a revocation has answered, nothing of its scope is granted or vouched for, and what was live is destroyed with a receipt. */
@BrokerTest
class KillSwitchTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String owner = Scene.name("owner") + "@example.com";
    private final String person = Scene.name("person");
    private final Scene scene;
    private final Operators operators;

    KillSwitchTest(@LocalServerPort int port) {
        scene = new Scene(port);
        operators = new Operators(scene);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(
                agent,
                tool,
                Map.of(
                        "owner",
                        owner,
                        "max_live_leases",
                        1000,
                        "on_behalf_of",
                        List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits();
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "owner", "person", "task", "task_tree", "tool", "issuer", "lease", "all"})
    void everyScopeEndsWhatItNamesAndShowsTheReceipts(String kind) {
        JsonNode granted = granted(forPerson());
        JsonNode credential = granted.path("credentials").path(0);
        assertThat(operators.isActive(credential)).isTrue();

        Answer revocation = operators.revoke(Map.of(kind, value(kind, granted)), false);
        boolean stillActive = operators.isActive(credential);
        boolean taskStillActive = operators.isTaskActive(granted);

        assertThat(revocation.status()).as(revocation.text()).isEqualTo(202);
        assertThat(revocation.header("Location"))
                .isEqualTo(
                        "/admin/v1/revocations/" + revocation.json().path("id").asString());
        assertThat(stillActive).isFalse();
        assertThat(taskStillActive).isEqualTo(kind.equals("tool") || kind.equals("lease"));
        JsonNode row = await("the lease to be seen gone in the manifest")
                .atMost(Duration.ofSeconds(20))
                .until(
                        () -> row(operators.manifest(revocation), credential),
                        lease -> lease.path("state").asString().equals("revoked"));
        JsonNode manifest = operators.manifest(revocation);
        assertThat(scene.verified(row.path("receipt").asString()).path("lease").asString())
                .isEqualTo(credential.path("lease_id").asString());
        // Of everything there may be what other tests left: tokens linger until they expire.
        assertThat(manifest.path("revoked").asLong()
                        + manifest.path("pending").asLong()
                        + manifest.path("irrevocable").asLong())
                .isEqualTo(manifest.path("matched").asLong())
                .isPositive();
        assertThat(manifest.path("latency").path("p99_ms").asLong(-1)).isNotNegative();
        assertThat(manifest.path("scope").path(kind).isMissingNode()).isFalse();
        assertThat(manifest.has("lock")).isFalse();
        assertThat(Operators.isInCatalogue(credential.path("lease_id").asString()))
                .isFalse();
        assertThatThrownBy(() -> Scene.login(credential)).isInstanceOf(SQLException.class);
        assertThat(scene.events("lease=" + credential.path("lease_id").asString()))
                .extracting(event -> event.path("kind").asString())
                .containsSubsequence("lease.activated", "lease.revoking", "lease.revoked");
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "owner", "person", "tool", "issuer", "all"})
    void aLockRefusesUntilItIsLifted(String kind) {
        scene.end(granted(forPerson()));
        Answer locked = operators.revoke(Map.of(kind, value(kind, MissingNode.getInstance())), true);
        Answer refused;
        Answer lifted;
        try {
            refused = scene.exchange(forPerson());
        } finally {
            lifted = operators.unlock(locked);
        }

        assertThat(locked.json().path("lock").asString()).isNotEmpty();
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("access_denied");
        String decision = refused.json().path("decision_id").asString();
        assertThat(scene.events("decision=" + decision))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("details").path("reason").asString())
                                .isEqualTo("locked"));
        assertThat(lifted.status()).isEqualTo(204);
        scene.complete(granted(forPerson()));
    }

    @Test
    void aLockOnATaskRefusesMoreForIt() {
        JsonNode granted = granted(Scene.request(agent, tool, "read"));
        String task = granted.path("task").path("id").asString();

        Answer locked = operators.revoke(Map.of("task_tree", task), true);
        Map<String, String> more = Scene.request(agent, tool, "read");
        more.remove("task");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", granted.path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);
        Answer refused = scene.exchange(more);
        Answer read =
                scene.anonymous().as(granted.path("access_token").asString()).get("/v1/tasks/" + task);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(read.json().path("state").asString()).isEqualTo("cancelled");
        operators.drained(locked);
        operators.unlock(locked);
    }

    @Test
    void sayingItTwiceDoesNoHarm() {
        JsonNode granted = granted(Scene.request(agent, tool, "read"));

        Answer first = operators.revoke(Map.of("agent", agent), false);
        Answer second = operators.revoke(Map.of("agent", agent), false);

        assertThat(operators.drained(first).path("matched").asInt()).isEqualTo(1);
        assertThat(operators.drained(second).path("matched").asInt()).isLessThanOrEqualTo(1);
        assertThat(operators.isTaskActive(granted)).isFalse();
        JsonNode list =
                scene.as("errand.auditor").get("/admin/v1/revocations?limit=1").json();
        assertThat(list.path("items").path(0).path("id").asString())
                .isEqualTo(second.json().path("id").asString());
        assertThat(list.path("items").path(0).has("leases")).isFalse();
        assertThat(scene.as("errand.auditor")
                        .get("/admin/v1/revocations?limit=1&cursor="
                                + list.path("next").asString())
                        .json()
                        .path("items")
                        .path(0)
                        .path("id")
                        .asString())
                .isEqualTo(first.json().path("id").asString());
    }

    @Test
    void aManifestIsReadPageByPage() {
        List<String> leases = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            leases.add(granted(Scene.request(agent, tool, "read"))
                    .path("credentials")
                    .path(0)
                    .path("lease_id")
                    .asString());
        }

        Answer revocation = operators.revoke(Map.of("agent", agent), false);
        List<String> seen = new ArrayList<>();
        String path = "/admin/v1/revocations/" + revocation.json().path("id").asString() + "?limit=2";
        String next = "";
        do {
            JsonNode page = scene.as("errand.auditor")
                    .get(path + (next.isEmpty() ? "" : "&cursor=" + next))
                    .json();
            page.path("leases").forEach(lease -> seen.add(lease.path("id").asString()));
            next = page.path("next").asString("");
        } while (!next.isEmpty());

        assertThat(seen).containsExactlyElementsOf(leases);
    }

    @Test
    void aBadRequestNamesTheMember() {
        for (var bad : List.of(
                Map.entry(Map.of("reason", "x"), "scope"),
                Map.entry(Map.of("scope", Map.of("planet", "x"), "reason", "x"), "scope"),
                Map.entry(Map.of("scope", Map.of("agent", "x", "tool", "y"), "reason", "x"), "scope"),
                Map.entry(Map.of("scope", Map.of("task", "x"), "reason", "x"), "scope"),
                Map.entry(Map.of("scope", Map.of("all", false), "reason", "x"), "scope"),
                Map.entry(Map.of("scope", Map.of("agent", agent)), "reason"),
                Map.entry(Map.of("scope", Map.of("agent", agent), "reason", " "), "reason"),
                Map.entry(Map.of("scope", Map.of("agent", agent), "reason", "x".repeat(1025)), "reason"),
                Map.entry(
                        Map.of("scope", Map.of("lease", UUID.randomUUID().toString()), "reason", "x", "lock", true),
                        "lock"),
                Map.entry(
                        Map.of("scope", Map.of("agent", "x"), "reason", "x", "lock", false, "even_if_unknown", true),
                        "even_if_unknown"))) {
            Answer answer = scene.as("errand.operator").post("/admin/v1/revocations", bad.getKey());

            assertThat(answer.status()).as(bad.toString()).isEqualTo(400);
            assertThat(answer.json().path("member").asString()).isEqualTo(bad.getValue());
        }
        assertThat(scene.as("errand.auditor")
                        .post("/admin/v1/revocations", Map.of("scope", Map.of("all", true), "reason", "x"))
                        .status())
                .isEqualTo(403);
        assertThat(scene.as("errand.auditor")
                        .get("/admin/v1/revocations/" + UUID.randomUUID())
                        .status())
                .isEqualTo(404);
    }

    @Test
    void anAgentThatIsDeletedTakesItsCredentialsAlong() {
        JsonNode credential =
                granted(Scene.request(agent, tool, "read")).path("credentials").path(0);

        Answer kept = scene.admin().delete("/admin/v1/agents/" + agent);
        Answer deleted = scene.admin().delete("/admin/v1/agents/" + agent + "?revoke=true");

        assertThat(kept.status()).isEqualTo(409);
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(operators.isActive(credential)).isFalse();
        await("the role of a deleted agent to be gone")
                .until(() ->
                        !Operators.isInCatalogue(credential.path("lease_id").asString()));
    }

    private static JsonNode row(JsonNode manifest, JsonNode credential) {
        return manifest.path("leases").values().stream()
                .filter(lease -> lease.path("id").equals(credential.path("lease_id")))
                .findAny()
                .orElseThrow();
    }

    private Object value(String kind, JsonNode granted) {
        return switch (kind) {
            case "agent" -> agent;
            case "owner" -> owner;
            case "person" -> "person:people:" + person;
            case "tool" -> tool;
            case "issuer" -> "workloads";
            case "lease" -> granted.path("credentials").path(0).path("lease_id").asString();
            case "all" -> true;
            default -> granted.path("task").path("id").asString();
        };
    }

    private Map<String, String> forPerson() {
        return Scene.requestFor(person, agent, tool, "read");
    }

    private JsonNode granted(Map<String, String> request) {
        Answer answer = scene.exchange(request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }
}
