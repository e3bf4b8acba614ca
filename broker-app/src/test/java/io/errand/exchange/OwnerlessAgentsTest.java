package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** An agent that nobody answers for may finish what runs, and begin nothing. */
@BrokerTest
class OwnerlessAgentsTest {

    private final Scene scene;
    private final String tool = Scene.name("tool");
    private final String agent = Scene.name("orphan");
    private final String owner = Scene.name("Owner") + "@example.com";

    OwnerlessAgentsTest(@LocalServerPort int port) {
        this.scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.policy(Scene.name("own"), "permit(principal, action, resource == Errand::Tool::\"" + tool + "\");");
        scene.agent(agent, tool, Map.of("owner", owner));
    }

    @Test
    void itGoesOnWithItsTaskAndBeginsNoOther() {
        JsonNode task = begin().json();

        JsonNode gone = owners("departed", owner.toUpperCase(Locale.ROOT)).json();

        assertThat(gone.path("agents").values()).extracting(JsonNode::asString).containsExactly(agent);
        refused(begin());
        Answer more = more(task);
        assertThat(more.status()).as(more.text()).isEqualTo(200);
        Answer renewed = scene.anonymous()
                .as(Family.token(task))
                .post("/v1/leases/" + Family.lease(more.json()) + "/renew", Map.of());
        assertThat(renewed.status()).as(renewed.text()).isNotEqualTo(403);
        assertThat(scene.events("agent=" + agent))
                .filteredOn(event -> event.path("kind").asString().equals("agent.ownerless"))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.at("/details/reason").asString()).isEqualTo("left"));
    }

    @Test
    void itTakesUpNoPartOfAnothersTask() {
        Family family = Family.at(scene);
        family.register();
        JsonNode parent = family.task();
        String handed = family.handed(parent, family.child(), "read");
        scene.admin().post("/admin/v1/agents/" + family.child() + "/transfer", Map.of("owner", owner, "reason", "r"));
        owners("departed", owner);

        refused(scene.exchange(family.takes(family.child(), handed, "read")));
    }

    @Test
    void anotherOwnerMendsIt() {
        owners("departed", owner);

        Answer same =
                scene.admin().post("/admin/v1/agents/" + agent + "/transfer", Map.of("owner", owner, "reason", "r"));
        Answer transferred = scene.admin()
                .post("/admin/v1/agents/" + agent + "/transfer", Map.of("owner", "b@example.com", "reason", "r"));

        assertThat(same.status()).isEqualTo(409);
        assertThat(transferred.status()).as(transferred.text()).isEqualTo(200);
        assertThat(begin().status()).isEqualTo(200);
    }

    @Test
    void whoIsGoneBecomesNobodysOwnerUntilTheyAreBack() {
        owners("departed", owner);
        String other = Scene.name("other");
        Map<String, Object> resource =
                Map.of("owner", owner, "purpose", "p", "task_types", List.of("triage"), "state", "draft");

        Answer created = scene.admin().put("/admin/v1/agents/" + other, resource);
        Answer back = owners("returned", owner);

        assertThat(created.status()).isEqualTo(409);
        assertThat(created.json().path("member").asString()).isEqualTo("owner");
        assertThat(back.status()).isEqualTo(200);
        assertThat(begin().status()).isEqualTo(200);
        assertThat(owners("returned", owner).status()).isEqualTo(404);
        assertThat(scene.admin().put("/admin/v1/agents/" + other, resource).status())
                .isEqualTo(201);
    }

    @Test
    void onlyAdministratorsSayWhoIsGone() {
        for (String role : List.of("errand.operator", "errand.approver", "errand.auditor")) {
            assertThat(scene.as(role)
                            .post("/admin/v1/owners/departed", Map.of("owner", owner, "reason", "r"))
                            .status())
                    .isEqualTo(403);
        }
        assertThat(scene.admin()
                        .post("/admin/v1/owners/departed", Map.of("owner", owner))
                        .status())
                .isEqualTo(400);
        assertThat(begin().status()).isEqualTo(200);
    }

    private Answer begin() {
        return scene.exchange(Scene.request(agent, tool, "read"));
    }

    private Answer more(JsonNode task) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.remove("task");
        form.put("actor_token", Surroundings.WORKLOADS.token(agent));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", Family.token(task));
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return scene.exchange(form);
    }

    private Answer owners(String what, String who) {
        return scene.admin().post("/admin/v1/owners/" + what, Map.of("owner", who, "reason", "left"));
    }

    private static void refused(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(answer.json().path("error_description").asString()).contains("nobody answers for it");
    }
}
