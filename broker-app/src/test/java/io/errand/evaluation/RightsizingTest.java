package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What an agent needed is told by what it was granted and did, and what it did not need is taken from it by two people. */
@BrokerTest
class RightsizingTest {

    private final String agent = Scene.name("triage");
    private final String orders = Scene.name("orders");
    private final String payroll = Scene.name("payroll");
    private final String ledger = Scene.name("ledger");
    private final Scene scene;
    private final JdbcClient jdbc;

    RightsizingTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
    }

    /** As the demo's agent: a ceiling of two systems, of which policy forbids one. */
    @BeforeEach
    void registered() {
        scene.jwtTool(orders, Map.of());
        scene.jwtTool(payroll, Map.of("sensitivity", "restricted"));
        scene.jwtTool(ledger, Map.of());
        Acting.agent(scene, agent, Map.of(orders, List.of("read", "write"), payroll, List.of("read")), Map.of());
        scene.policy(
                agent,
                "permit(principal == Errand::Agent::\"" + agent + "\", action, resource)"
                        + " when { resource.sensitivity != \"restricted\" };");
    }

    /** The demo's story: it reads orders, is refused payroll by policy and the ledger by its ceiling. */
    private Acting story() {
        // Others may have a policy that permits everything.
        scene.policy(
                Scene.name("restricted"),
                "forbid(principal == Errand::Agent::\"" + agent + "\", action, resource)"
                        + " when { resource.sensitivity == \"restricted\" };");
        Acting acting = Acting.on(scene, agent, Map.of(orders, List.of("read")));
        acting.permitted(orders, "read");
        acting.denied(orders, "write");
        assertThat(scene.exchange(Scene.request(agent, payroll, "read")).status())
                .isEqualTo(400);
        assertThat(scene.exchange(Scene.request(agent, ledger, "read")).status())
                .isEqualTo(400);
        return acting;
    }

    @Test
    void usageSaysWhatWasGrantedUsedAndRefused() {
        story();

        JsonNode use = ok(scene.as("errand.auditor").get("/admin/v1/agents/" + agent + "/usage"));

        assertThat(use.path("complete").asBoolean()).isTrue();
        assertThat(use.path("refusals_complete").asBoolean()).isTrue();
        JsonNode read = action(use, orders, "read");
        assertThat(read.path("in_ceiling").asBoolean()).isTrue();
        assertThat(read.path("granted").asInt()).isEqualTo(1);
        assertThat(read.path("used").asInt()).isEqualTo(1);
        assertThat(read.path("refused").asInt()).isZero();
        JsonNode write = action(use, orders, "write");
        assertThat(write.path("granted").asInt()).isZero();
        assertThat(write.path("refused").asInt()).isEqualTo(1);
        assertThat(write.path("reason").asString()).isEqualTo("outside_ceiling");
        JsonNode forbidden = action(use, payroll, "read");
        assertThat(forbidden.path("in_ceiling").asBoolean()).isTrue();
        assertThat(forbidden.path("refused").asInt()).isEqualTo(1);
        JsonNode outside = action(use, ledger, "read");
        assertThat(outside.path("in_ceiling").asBoolean()).isFalse();
        assertThat(outside.path("refused").asInt()).isEqualTo(1);
        assertThat(outside.path("reason").asString()).isEqualTo("tool_outside_ceiling");
    }

    @Test
    void whatItReallyUsedIsProposedAndSufficesAndOneLessDoesNot() {
        story();

        JsonNode size = ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing"));

        assertThat(granted(size, "after")).containsExactly(orders + ":read");
        assertThat(granted(size, "removed")).containsExactlyInAnyOrder(orders + ":write", payroll + ":read");
        assertThat(size.path("replayed").asInt()).isEqualTo(1);
        assertThat(size.path("failing")).isEmpty();
        assertThat(size.path("failing_uses")).isEmpty();
        assertThat(size.path("proposals")).isEmpty();

        JsonNode less = ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing?without=" + orders + ":read"));

        assertThat(less.path("failing")).hasSize(1);
        JsonNode failure = less.path("failing").get(0);
        assertThat(failure.path("reason").asString()).isEqualTo("outside_ceiling");
        assertThat(failure.path("missing").get(0).path("tool").asString()).isEqualTo(orders);
        assertThat(scene.events("decision=" + failure.path("decision").asString())
                        .getFirst()
                        .path("kind")
                        .asString())
                .isEqualTo("exchange.granted");
        assertThat(less.path("failing_uses").get(0).path("times").asInt()).isEqualTo(1);
    }

    @Test
    void theSmallerCeilingIsInForceOnceSomebodyElseAdoptsIt() {
        story();

        JsonNode proposed = ok(scene.admin().post("/admin/v1/agents/" + agent + "/rightsizing", Map.of()));

        List<JsonNode> open = proposals("open");
        assertThat(open).hasSize(2).allSatisfy(one -> {
            assertThat(one.path("kind").asString()).isEqualTo("narrow");
            assertThat(one.path("owner").asString()).isEqualTo("team@example.com");
            assertThat(one.path("purpose").asString()).contains("of 1 grants of that time 0 would fail");
        });
        assertThat(proposed.path("proposals")).hasSize(2);
        assertThat(scene.events("kind=agent.narrowing_proposed&agent=" + agent)).hasSize(2);
        assertThat(scene.admin().get("/admin/v1/agents/" + agent).json().path("tools"))
                .hasSize(2);

        String id = of(open, orders).path("id").asString();
        assertThat(adopt(scene.admin(), id).status()).isEqualTo(403);
        assertThat(adopt(other("errand.approver"), id).status()).isEqualTo(403);
        assertThat(adopt(other("errand.admin"), id).json().path("state").asString())
                .isEqualTo("adopted");
        assertThat(adopt(other("errand.admin"), id).status()).isEqualTo(409);

        assertThat(granted(scene.admin().get("/admin/v1/agents/" + agent).json(), "tools"))
                .containsExactlyInAnyOrder(orders + ":read", payroll + ":read");
        assertThat(scene.exchange(Scene.request(agent, orders, "read")).status())
                .isEqualTo(200);
        assertThat(scene.exchange(Scene.request(agent, orders, "write")).status())
                .isEqualTo(400);
        assertThat(scene.events("kind=agent.proposal_adopted&agent=" + agent))
                .singleElement()
                .satisfies(event -> assertThat(event.path("who").asString()).endsWith(":somebody-else"));
        assertThat(scene.events("kind=agent.replaced&agent=" + agent)).hasSize(1);
    }

    @Test
    void changingTheAgentAdoptsItToo() {
        ok(scene.admin().post("/admin/v1/agents/" + agent + "/rightsizing", Map.of()));
        assertThat(proposals("open")).hasSize(2);

        Acting.agent(scene, agent, Map.of(orders, List.of("write")), Map.of());

        assertThat(of(proposals("adopted"), payroll).path("kind").asString()).isEqualTo("narrow");
        assertThat(of(proposals("open"), orders).path("kind").asString()).isEqualTo("narrow");
    }

    @Test
    void itsOwnerMayAdoptWhatTheyProposed() {
        Acting.agent(scene, agent, Map.of(orders, List.of("read")), Map.of("owner", "root"));
        ok(scene.admin().post("/admin/v1/agents/" + agent + "/rightsizing", Map.of()));

        Answer adopted =
                adopt(scene.admin(), proposals("open").getFirst().path("id").asString());

        assertThat(adopted.status()).as(adopted.text()).isEqualTo(200);
        assertThat(scene.admin().get("/admin/v1/agents/" + agent).json().path("tools"))
                .isEmpty();
    }

    @Test
    void proposedAgainItTakesTheOldOnesPlaceAndDismissedItStaysSo() {
        ok(scene.admin().post("/admin/v1/agents/" + agent + "/rightsizing", Map.of()));
        String first = of(proposals("open"), payroll).path("id").asString();
        ok(scene.admin().post("/admin/v1/agents/" + agent + "/rightsizing", Map.of()));
        String second = of(proposals("open"), payroll).path("id").asString();

        assertThat(second).isNotEqualTo(first);
        assertThat(proposals("open")).hasSize(2);

        for (JsonNode open : proposals("open")) {
            assertThat(scene.admin()
                            .post("/admin/v1/proposals/" + open.path("id").asString(), Map.of("decision", "dismiss"))
                            .status())
                    .isEqualTo(200);
        }
        assertThat(ok(scene.admin().post("/admin/v1/agents/" + agent + "/rightsizing", Map.of()))
                        .path("proposals"))
                .isEmpty();
    }

    @Test
    void whatWasGrantedAndNotUsedGoesByTheOtherBasis() {
        Acting acting = Acting.on(scene, agent, Map.of(orders, List.of("read", "write")));
        acting.permitted(orders, "read");

        JsonNode size = ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing?basis=used"));

        assertThat(granted(size, "after")).containsExactly(orders + ":read");
        assertThat(size.path("failing")).hasSize(1);
        assertThat(size.path("failing")
                        .get(0)
                        .path("missing")
                        .get(0)
                        .path("actions")
                        .get(0)
                        .asString())
                .isEqualTo("write");
        assertThat(granted(ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing")), "after"))
                .containsExactlyInAnyOrder(orders + ":read", orders + ":write");
    }

    /** A target says that a lease was used, and not for which of its actions. */
    @Test
    void whatTheTargetLoggedIsUse() {
        Acting acting = Acting.on(scene, agent, Map.of(orders, List.of("read", "write")));
        jdbc.sql("""
                        INSERT INTO observation (source, session, what, command, object, target, login, lease_id, database, address,
                                                 first_at, last_at, times)
                        VALUES (:agent, 's', 'statement', 'SELECT', '', 'orders', 'l', :lease::uuid, 'd', 'a', now(), now(), 3)
                        """).param("agent", agent).param("lease", acting.lease(orders)).update();

        JsonNode size = ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing?basis=used"));
        JsonNode use = ok(scene.admin().get("/admin/v1/agents/" + agent + "/usage"));

        assertThat(granted(size, "after")).containsExactlyInAnyOrder(orders + ":read", orders + ":write");
        assertThat(action(use, orders, "write").path("observed").asInt()).isEqualTo(1);
    }

    @Test
    void whatIsHandedOnIsNeeded() {
        String child = Scene.name("child");
        Acting.agent(
                scene,
                agent,
                Map.of(orders, List.of("read"), ledger, List.of("read")),
                Map.of("delegates_to", List.of(child), "max_delegation_depth", 1));
        scene.agent(child, ledger, Map.of());
        Acting acting = Acting.on(scene, agent, Map.of(orders, List.of("read"), ledger, List.of("read")));
        Answer handed = acting.wire()
                .post(
                        "/v1/tasks/" + acting.task() + "/delegations",
                        Map.of("agent", child, "purpose", "part", "authorization_details", List.of(access(ledger))));
        assertThat(handed.status()).as(handed.text()).isBetween(200, 201);

        JsonNode use = ok(scene.admin().get("/admin/v1/agents/" + agent + "/usage"));
        JsonNode size = ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing"));
        JsonNode less = ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing?without=" + ledger));

        assertThat(action(use, ledger, "read").path("handed_on").asInt()).isEqualTo(1);
        assertThat(granted(size, "removed")).isEmpty();
        assertThat(size.path("replayed").asInt()).isEqualTo(2);
        assertThat(less.path("failing")).hasSize(2);
    }

    /** Policies see which tools an agent may have, so a ceiling can be too small for them. */
    @Test
    void aPolicyThatLooksAtTheCeilingCountsInTheReplay() {
        scene.policy(
                agent + "-both",
                "forbid(principal == Errand::Agent::\"" + agent + "\", action, resource)"
                        + " unless { principal.tools.contains(\"" + payroll + "\") };");
        Acting.on(scene, agent, Map.of(orders, List.of("read")));

        JsonNode size = ok(scene.admin().get("/admin/v1/agents/" + agent + "/rightsizing"));
        scene.admin().delete("/admin/v1/policies/" + agent + "-both");

        assertThat(size.path("failing")).hasSize(1);
        assertThat(size.path("failing").get(0).path("missing")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "usage?since=PT1H",
                "usage?since=P91D",
                "usage?since=yesterday",
                "usage?since=-P2D",
                "usage?sinse=P1D",
                "rightsizing?basis=wished",
                "rightsizing?without=nowhere",
                "rightsizing?without=:",
                "rightsizing?since=P1Y"
            })
    void whatMakesNoSenseIsABadRequest(String query) {
        assertThat(scene.admin().get("/admin/v1/agents/" + agent + "/" + query).status())
                .isEqualTo(400);
    }

    @Test
    void onlyAdministratorsProposeAndOfAnAgentThatThereIs() {
        assertThat(scene.as("errand.auditor")
                        .post("/admin/v1/agents/" + agent + "/rightsizing", Map.of())
                        .status())
                .isEqualTo(403);
        assertThat(scene.admin().get("/admin/v1/agents/nobody-here/usage").status())
                .isEqualTo(404);
        assertThat(scene.admin().get("/admin/v1/agents/No%20Name/usage").status())
                .isEqualTo(400);
        assertThat(scene.admin()
                        .post("/admin/v1/agents/" + agent + "/rightsizing", Map.of("basis", "wished"))
                        .status())
                .isEqualTo(400);
        assertThat(proposals("open")).isEmpty();
    }

    @Test
    void whatNobodyUsedIsListed() {
        Acting.on(scene, agent, Map.of(orders, List.of("read"))).permitted(orders, "read");
        String idle = Scene.name("idle");
        scene.agent(idle, ledger, Map.of());
        scene.policy(idle, "@id(\"never\") permit(principal == Errand::Agent::\"nobody\", action, resource);");
        int past = jdbc.sql("UPDATE agent SET created_at = now() - interval '40 days' WHERE name IN (:idle, :agent)")
                        .param("idle", idle)
                        .param("agent", agent)
                        .update()
                + jdbc.sql("UPDATE tool SET created_at = now() - interval '40 days' WHERE name IN (:ledger, :orders)")
                        .param("ledger", ledger)
                        .param("orders", orders)
                        .update()
                + jdbc.sql(
                                "UPDATE policy_version SET created_at = now() - interval '40 days' WHERE name IN (:idle, :agent)")
                        .param("idle", idle)
                        .param("agent", agent)
                        .update();
        assertThat(past).isEqualTo(6);

        JsonNode unused = ok(scene.as("errand.auditor").get("/admin/v1/unused"));

        assertThat(names(unused, "agents", "agent")).contains(idle).doesNotContain(agent);
        assertThat(names(unused, "tools", "tool")).contains(ledger).doesNotContain(orders, payroll);
        assertThat(names(unused, "policies", "id")).contains(idle + "@1/never").noneMatch(id -> id.startsWith(agent));
        scene.admin().delete("/admin/v1/policies/" + idle);
    }

    private static Map<String, Object> access(String tool) {
        return Map.of("type", "tool_access", "identifier", tool, "actions", List.of("read"));
    }

    private Wire other(String role) {
        return scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        "somebody-else",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin").claim("roles", List.of(role))));
    }

    private static Answer adopt(Wire who, String id) {
        return who.post("/admin/v1/proposals/" + id, Map.of("decision", "adopt"));
    }

    private static JsonNode ok(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static List<String> names(JsonNode unused, String list, String member) {
        return unused.path(list).values().stream()
                .map(one -> one.path(member).asString())
                .toList();
    }

    private static JsonNode action(JsonNode use, String tool, String action) {
        return use.path("actions").values().stream()
                .filter(one -> one.path("tool").asString().equals(tool)
                        && one.path("action").asString().equals(action))
                .findFirst()
                .orElseThrow(() -> new AssertionError(tool + ":" + action + " is not in " + use));
    }

    private static List<String> granted(JsonNode size, String member) {
        return size.path(member).values().stream()
                .flatMap(grant -> grant.path("actions").values().stream()
                        .map(action -> grant.path("tool").asString() + ":" + action.asString()))
                .toList();
    }

    private static JsonNode of(List<JsonNode> proposals, String tool) {
        return proposals.stream()
                .filter(one -> one.path("tool").asString().equals(tool))
                .findFirst()
                .orElseThrow();
    }

    private List<JsonNode> proposals(String state) {
        return List.copyOf(ok(scene.admin().get("/admin/v1/proposals?agent=" + agent + "&state=" + state))
                .path("items")
                .values());
    }
}
