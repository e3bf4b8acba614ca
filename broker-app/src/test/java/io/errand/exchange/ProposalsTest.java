package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** An agent that discovers a need has a way to ask for it, and asking never is having. */
@BrokerTest
class ProposalsTest {

    private final String agent = Scene.name("curious");
    private final String tool = Scene.name("ledger");
    private final String other = Scene.name("payroll");
    private final Scene scene;

    ProposalsTest(@LocalServerPort int port) {
        this.scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.jwtTool(other, Map.of());
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        scene.policy(agent, "permit(principal == Errand::Agent::\"" + agent + "\", action, resource);");
    }

    @Test
    void whatIsOutsideTheCeilingIsRefusedAndProposed() {
        Answer refused = propose(other, "read");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("invalid_target");
        assertThat(refused.json().path("error_description").asString())
                .isEqualTo("The tool is unknown, or not one of this agent's. It was proposed to the agent's owner.");
        JsonNode proposal = only("open");
        assertThat(proposal.path("tool").asString()).isEqualTo(other);
        assertThat(proposal.path("actions").values())
                .extracting(JsonNode::asString)
                .containsExactly("read");
        assertThat(proposal.path("owner").asString()).isEqualTo("team@example.com");
        assertThat(proposal.path("purpose").asString()).isEqualTo("test");
        assertThat(scene.events("kind=agent.ceiling_proposed&agent=" + agent))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.path("decision").asString())
                            .isEqualTo(refused.json().path("decision_id").asString());
                    assertThat(event.path("details").path("proposal").asString())
                            .isEqualTo(proposal.path("id").asString());
                });
        assertThat(scene.events("kind=exchange.denied&agent=" + agent)).hasSize(1);
    }

    @Test
    void onlyTheMissingActionIsProposedAndAgainIsTheSameProposal() {
        propose(tool, "write", "read");
        propose(tool, "read", "write");

        JsonNode proposal = only("open");
        assertThat(proposal.path("actions").values())
                .extracting(JsonNode::asString)
                .containsExactly("write");
        assertThat(proposal.path("asked").asInt()).isEqualTo(2);
        assertThat(scene.events("kind=agent.ceiling_proposed&agent=" + agent)).hasSize(1);
    }

    @Test
    void nobodyLearnsWhichToolsThereAre() {
        Answer known = propose(other, "read");
        Answer unknown = propose(Scene.name("nowhere"), "read");

        assertThat(unknown.status()).isEqualTo(known.status());
        assertThat(unknown.json().path("error").asString())
                .isEqualTo(known.json().path("error").asString());
        assertThat(unknown.json().path("error_description").asString())
                .isEqualTo(known.json().path("error_description").asString());
    }

    @Test
    void withoutTheParameterNothingIsProposed() {
        assertThat(scene.exchange(Scene.request(agent, other, "read")).status()).isEqualTo(400);

        assertThat(proposals("")).isEmpty();
    }

    @Test
    void whatIsGrantedIsNotProposed() {
        assertThat(propose(tool, "read").status()).isEqualTo(200);

        assertThat(proposals("")).isEmpty();
    }

    @Test
    void namesThatNoToolCanHaveAreNotProposed() {
        assertThat(propose("<script>", "read").json().path("error_description").asString())
                .endsWith(
                        "There is nothing to propose: what is missing is not in the task, or is no name of a tool and its"
                                + " actions.");
        assertThat(propose(other, "no such action").json().path("error").asString())
                .isNotEmpty();

        assertThat(proposals("")).isEmpty();
    }

    @Test
    void anAgentCannotFillItsOwnersList() {
        for (int i = 0; i < 20; i++) {
            propose(other, "action-" + i);
        }

        assertThat(propose(other, "one-more").json().path("error_description").asString())
                .endsWith("It was not proposed: too many proposals of this agent are open.");
        assertThat(proposals("&state=open")).hasSize(20);
    }

    @Test
    void changingTheAgentAdoptsIt() {
        propose(other, "read");

        scene.agent(
                agent,
                tool,
                Map.of(
                        "tools",
                        List.of(
                                Map.of("tool", tool, "actions", List.of("read")),
                                Map.of("tool", other, "actions", List.of("read", "write")))));

        assertThat(only("adopted").path("closed_by").asString()).isNotEmpty();
        assertThat(scene.events("kind=agent.proposal_adopted&agent=" + agent)).hasSize(1);
        assertThat(scene.exchange(Scene.request(agent, other, "read")).status()).isEqualTo(200);
    }

    @Test
    void oneThatIsDismissedStaysSo() {
        propose(other, "read");
        String id = only("open").path("id").asString();

        assertThat(scene.as("errand.approver")
                        .post("/admin/v1/proposals/" + id, Map.of("decision", "dismiss"))
                        .status())
                .isEqualTo(403);
        assertThat(scene.admin()
                        .post("/admin/v1/proposals/" + id, Map.of("decision", "adopt"))
                        .status())
                .isEqualTo(400);
        assertThat(scene.admin()
                        .post("/admin/v1/proposals/" + id, Map.of("decision", "dismiss", "comment", "Use the export"))
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("dismissed");
        assertThat(scene.admin()
                        .post("/admin/v1/proposals/" + id, Map.of("decision", "dismiss"))
                        .status())
                .isEqualTo(409);

        assertThat(propose(other, "read").json().path("error_description").asString())
                .endsWith("The same proposal was dismissed less than 30 days ago.");
        assertThat(proposals("&state=open")).isEmpty();
    }

    private Answer propose(String named, String... actions) {
        Map<String, String> form = Scene.request(agent, named, actions);
        form.put("propose", "true");
        return scene.exchange(form);
    }

    private JsonNode only(String state) {
        List<JsonNode> found = proposals("&state=" + state);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private List<JsonNode> proposals(String more) {
        Answer answer = scene.admin().get("/admin/v1/proposals?agent=" + agent + more);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return List.copyOf(answer.json().path("items").values());
    }
}
