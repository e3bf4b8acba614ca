package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Many workloads are one agent, and many agents one owner's: each is seen, and all of them have bounds. */
@BrokerTest
class FleetTest {

    private final String owner = Scene.name("Team") + "@example.com";
    private final String one = Scene.name("one");
    private final String two = Scene.name("two");
    private final String tool = Scene.name("orders");
    private final String other = Scene.name("payroll");
    private final Scene scene;

    FleetTest(@LocalServerPort int port) {
        this.scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.jwtTool(other, Map.of());
        assertThat(put(one, owner, 10, tool).status()).isEqualTo(201);
    }

    @Test
    void everyInstanceOfAnAgentIsListed() {
        String jobs = Scene.name("ci");
        scene.agent(
                jobs,
                tool,
                Map.of("identities", List.of(Map.of("issuer", "workloads", "subject_prefix", "repo:" + jobs + ":"))));
        scene.policy(jobs, "permit(principal == Errand::Agent::\"" + jobs + "\", action, resource);");
        List<JsonNode> granted = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
            for (int tasks = 0; tasks <= n % 2; tasks++) {
                Answer answer = scene.exchange(Scene.request("repo:" + jobs + ":job/" + n, tool, "read"));
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                granted.add(answer.json());
            }
        }

        JsonNode found = instances(jobs);

        assertThat(found.path("truncated").asBoolean()).isFalse();
        assertThat(found.path("instances").size()).isEqualTo(20);
        JsonNode newest = found.path("instances").get(0);
        assertThat(newest.path("issuer").asString()).isEqualTo("workloads");
        assertThat(newest.path("subject").asString()).isEqualTo("repo:" + jobs + ":job/19");
        assertThat(newest.path("tasks").asInt()).isEqualTo(2);

        granted.forEach(scene::end);
        assertThat(instances(jobs).path("instances").size()).isZero();
    }

    @Test
    void anOwnerHasSoManyAgents() {
        assertThat(limit(Map.of("max_agents", 1)).status()).isEqualTo(200);

        Answer refused = put(two, owner.toLowerCase(Locale.ROOT), 10, tool);

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("detail").asString()).contains("may have 1 agents, and this makes 2");
        assertThat(put(two, "somebody-else@example.com", 10, tool).status()).isEqualTo(201);
        assertThat(transfer(two).status()).isEqualTo(409);
        assertThat(scene.admin()
                        .post("/admin/v1/agents/" + one + "/retire", Map.of("reason", "over"))
                        .status())
                .isEqualTo(200);
        assertThat(transfer(two).status()).isEqualTo(200);
        assertThat(scene.events("kind=agent.owner_limited").stream()
                        .filter(event ->
                                event.path("details").path("owner").asString().equals(owner))
                        .toList())
                .hasSize(1);
    }

    @Test
    void theirAgentsHaveSoManyLiveLeasesTogether() {
        assertThat(limit(Map.of("max_live_leases", 25)).status()).isEqualTo(200);

        assertThat(put(two, owner, 16, tool).status()).isEqualTo(409);
        assertThat(put(two, owner, 15, tool).status()).isEqualTo(201);
        assertThat(put(one, owner, 11, tool).status()).isEqualTo(409);
        JsonNode limits = scene.admin().get("/admin/v1/owners/limits?limit=500").json().path("items").values().stream()
                .filter(each -> each.path("owner").asString().equals(owner))
                .findFirst()
                .orElseThrow();
        assertThat(limits.path("live_leases").asInt()).isEqualTo(25);
        assertThat(limits.path("agents").asInt()).isEqualTo(2);
    }

    @Test
    void noneOfThemGoesBeyondTheCeilingOfItsOwner() {
        Map<String, Object> ceiling =
                Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read", "write"))));
        assertThat(limit(ceiling).status()).isEqualTo(200);

        Answer refused = put(two, owner, 10, other);

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("detail").asString()).contains(two + " would have " + other + ":read");
        assertThat(put(one, owner, 10, other).status()).isEqualTo(409);
        assertThat(put(two, owner, 10, tool).status()).isEqualTo(201);
    }

    @Test
    void whatTheyHaveAlreadyMustBeWithinAndWhatIsTakenAwayIsNoLimit() {
        assertThat(limit(Map.of("max_live_leases", 9)).status()).isEqualTo(409);
        assertThat(limit(Map.of("tools", List.of())).status()).isEqualTo(409);
        assertThat(put(two, owner, 100, tool).status()).isEqualTo(201);
        assertThat(limit(Map.of("max_agents", 2)).status()).isEqualTo(200);

        Answer without = limit(Map.of());

        assertThat(without.status()).isEqualTo(200);
        assertThat(without.json().path("max_agents").isMissingNode()).isTrue();
        assertThat(put(Scene.name("three"), owner, 1, tool).status()).isEqualTo(201);
    }

    @ParameterizedTest
    @CsvSource({"max_agents, -1", "max_agents, 1000001", "max_live_leases, -1", "reason, ''", "owner, ''"})
    void whatMakesNoSenseIsABadRequest(String member, String value) {
        Map<String, Object> asked = new HashMap<>(Map.of("max_agents", 5));
        asked.put(member, value.matches("-?[0-9]+") ? (Object) Integer.valueOf(value) : value);

        assertThat(limit(asked).status()).isEqualTo(400);
    }

    @Test
    void onlyAnAdministratorSetsThem() {
        assertThat(scene.as("errand.operator", "errand.auditor")
                        .post("/admin/v1/owners/limits", Map.of("owner", owner, "reason", "r", "max_agents", 1))
                        .status())
                .isEqualTo(403);
    }

    private Answer put(String name, String by, int leases, String onTool) {
        return scene.admin()
                .put(
                        "/admin/v1/agents/" + name,
                        Map.of(
                                "owner",
                                by,
                                "purpose",
                                "Do what tests do",
                                "task_types",
                                List.of("triage"),
                                "max_live_leases",
                                leases,
                                "tools",
                                List.of(Map.of("tool", onTool, "actions", List.of("read")))));
    }

    private Answer transfer(String name) {
        return scene.admin()
                .post("/admin/v1/agents/" + name + "/transfer", Map.of("owner", owner, "reason", "taken over"));
    }

    private Answer limit(Map<String, Object> limits) {
        Map<String, Object> asked = new HashMap<>(Map.of("owner", owner, "reason", "The team's share"));
        asked.putAll(limits);
        return scene.admin().post("/admin/v1/owners/limits", asked);
    }

    private JsonNode instances(String agent) {
        Answer answer = scene.as("errand.auditor").get("/admin/v1/agents/" + agent + "/instances");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }
}
