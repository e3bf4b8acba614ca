package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A slip of the pen is found where it is made, and not by whoever finds a policy that forbids nothing. */
@BrokerTest
class NamesThatNothingHasTest {

    private final String agent = Scene.name("reconciler");
    private final String tool = Scene.name("warehouse");
    private final Scene scene;

    NamesThatNothingHasTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> slips() {
        return Stream.of(
                org.junit.jupiter.params.provider.Arguments.of(
                        "identities[0].issuer",
                        Map.of("identities", List.of(Map.of("issuer", "workload", "subject", "x"))),
                        "did you mean workloads"),
                org.junit.jupiter.params.provider.Arguments.of(
                        "identities[0].issuer",
                        Map.of("identities", List.of(Map.of("issuer", "workload", "subject_prefix", "x/"))),
                        "did you mean workloads"),
                org.junit.jupiter.params.provider.Arguments.of(
                        "on_behalf_of[0].issuer",
                        Map.of("on_behalf_of", List.of(Map.of("issuer", "peolpe", "clients", List.of("portal")))),
                        "did you mean people"));
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("slips")
    void anAgentThatNamesAnUnknownIssuerIsRefused(String member, Map<String, Object> members, String sentence) {
        refusedAndAllowed(member, members, sentence);
    }

    @Test
    void anAgentThatNamesAnUnknownToolOrActionIsRefused() {
        refusedAndAllowed(
                "tools[0].tool",
                Map.of("tools", List.of(Map.of("tool", tool + "x", "actions", List.of("read")))),
                "did you mean " + tool);
        refusedAndAllowed(
                "tools[0].actions[1]",
                Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read", "wirte")))),
                "did you mean write");
    }

    @Test
    void anAgentThatHandsTasksToAnUnknownAgentIsRefused() {
        String child = Scene.name("reader");
        scene.agent(child, tool, Map.of());

        refusedAndAllowed(
                "delegates_to[1]",
                Map.of("delegates_to", List.of(agent, child + "x"), "max_delegation_depth", 1),
                "did you mean " + child);
    }

    @Test
    void twoAgentsThatHandTasksToEachOtherAreRegisteredOneAfterTheOther() {
        String other = Scene.name("other");
        Map<String, Object> first = resource(Map.of("delegates_to", List.of(other), "max_delegation_depth", 1));
        Map<String, Object> second = resource(Map.of("delegates_to", List.of(agent), "max_delegation_depth", 1));
        second.put("identities", List.of(Map.of("issuer", "workloads", "subject", other)));

        assertThat(put("?announced=another&announced=" + other + "x", first).status())
                .isEqualTo(400);
        assertThat(put("?announced=another&announced=" + other, first).status()).isEqualTo(201);
        assertThat(scene.admin().put("/admin/v1/agents/" + other, second).status())
                .isEqualTo(201);
    }

    @Test
    void aToolThatNamesAnUnknownIssuerIsRefused() {
        String name = Scene.name("api");
        String path = "/admin/v1/tools/" + name;
        Map<String, Object> resource = Map.of(
                "backend",
                "jwt",
                "actions",
                List.of("read"),
                "sensitivity",
                "internal",
                "environment",
                "production",
                "identities",
                List.of(Map.of("issuer", "workload", "subject", "api")),
                "config",
                Map.of("audience", "https://x.example"));

        Answer refused = scene.admin().put(path, resource);

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().path("member").asString()).isEqualTo("identities[0].issuer");
        assertThat(refused.json().path("detail").asString()).contains("did you mean workloads", "?allow_missing=true");
        assertThat(scene.admin().get(path).status()).isEqualTo(404);
        assertThat(scene.admin().put(path + "?allow_missing=true", resource).status())
                .isEqualTo(201);
        assertThat(scene.admin().put(path, resource).status())
                .as("nothing new is said")
                .isEqualTo(200);
    }

    @Test
    void whatWasThereWhenItWasRegisteredMayGo() {
        String gone = Scene.name("gone");
        scene.jwtTool(gone, Map.of());
        Map<String, Object> resource =
                resource(Map.of("tools", List.of(Map.of("tool", gone, "actions", List.of("read")))));
        assertThat(put("", resource).status()).isEqualTo(201);
        assertThat(scene.admin().delete("/admin/v1/tools/" + gone).status()).isEqualTo(204);

        assertThat(put("", resource).status()).as("nothing new is said").isEqualTo(200);
        resource.put("purpose", "Another");
        assertThat(put("", resource).status()).isEqualTo(400);
        resource.put("state", "retired");
        assertThat(put("", resource).status()).as("its end is not kept from it").isEqualTo(200);
    }

    private void refusedAndAllowed(String member, Map<String, Object> members, String sentence) {
        String name = "/admin/v1/agents/" + agent;

        Answer refused = put("", resource(members));

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().path("member").asString()).isEqualTo(member);
        assertThat(refused.json().path("detail").asString()).contains(sentence, "?allow_missing=true");
        assertThat(scene.admin().get(name).status()).isEqualTo(404);
        assertThat(put("?allow_missing=true", resource(members)).status()).isEqualTo(201);
        assertThat(scene.admin().delete(name).status()).isEqualTo(204);
    }

    private Answer put(String query, Map<String, Object> resource) {
        return scene.admin().put("/admin/v1/agents/" + agent + query, resource);
    }

    private Map<String, Object> resource(Map<String, Object> members) {
        Map<String, Object> resource = new HashMap<>(Map.of(
                "owner", "team@example.com",
                "purpose", "Do what tests do",
                "identities", List.of(Map.of("issuer", "workloads", "subject", agent)),
                "task_types", List.of("triage"),
                "tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        resource.putAll(members);
        return resource;
    }

    @ParameterizedTest
    @ValueSource(strings = {"stageing", "Production", "prod", "production "})
    void aToolStandsInAnEnvironmentOfTheDeploymentsOwn(String environment) {
        Map<String, Object> other = Map.of(
                "backend",
                "jwt",
                "actions",
                List.of("read"),
                "sensitivity",
                "internal",
                "environment",
                environment,
                "config",
                Map.of("audience", "https://x.example"));

        Answer refused = scene.admin().put("/admin/v1/tools/" + Scene.name("tool"), other);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("member").asString()).isEqualTo("environment");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "forbid(principal == Errand::Agent::\"nosuch\", action, resource);|no agent 'nosuch'",
                "forbid(principal, action, resource == Errand::Tool::\"nosuch\");|no tool 'nosuch'",
                "forbid(principal, action, resource) when { resource == Errand::Tool::\"nosuch\" };|no tool 'nosuch'",
                "forbid(principal, action, resource) when { resource.environment == \"stageing\" };|environment 'stageing'",
                "forbid(principal, action, resource) when { [\"test\", \"prod\"].contains(resource.environment) };|environment 'prod'",
                "forbid(principal, action, resource) when { resource.sensitivity == \"confidental\" };|sensitivity 'confidental'",
                "forbid(principal, action, resource) when { \"extrenal\" == resource.destination };|destination 'extrenal'",
                "forbid(principal, action, resource) when { [\"partner\", \"public\"].contains(resource.destination) };|destination 'public'",
                "forbid(principal, action, resource) when { resource.labels.contains(\"customer-pli\") };|did you mean customer-pii",
                "forbid(principal, action, resource) when { context.session.labels.containsAny([\"data:restricted\", \"data:secret\"]) };|label 'data:secret'",
                "forbid(principal, action, resource) when { context.session.person_labels.contains(\"pci\") };|label 'pci'",
                "forbid(principal, action, resource) when { context.kinds.contains(\"exprt\") };|no action has the kind 'exprt'",
                "forbid(principal, action, resource) when { context.kinds.containsAll([\"read\", \"delete\"]) };|kind 'delete'"
            })
    void aPolicyThatSpeaksOfWhatIsNotThereIsKeptAndWarns(String cedar, String warning) {
        scene.jwtTool(tool, Map.of("labels", List.of("customer-pii")));
        String name = Scene.name("slip");
        String path = "/admin/v1/policies/" + name;

        Answer saved = scene.admin().put(path, Map.of("cedar", "// a line\n" + cedar, "status", "draft"));

        assertThat(saved.status()).as(saved.text()).isEqualTo(201);
        assertThat(saved.json().path("warnings").values())
                .extracting(JsonNode::asString)
                .singleElement()
                .asString()
                .startsWith("line 2: ")
                .contains(warning);
        assertThat(scene.admin().get(path).json().has("warnings")).isFalse();
    }

    @Test
    void aPolicyThatSpeaksOfWhatIsThereDoesNot() {
        scene.jwtTool(
                tool,
                Map.of(
                        "labels",
                        List.of("customer-pii"),
                        "datatypes",
                        List.of(Map.of("name", "cards", "labels", List.of("pci-cards")))));
        scene.agent(agent, tool, Map.of());
        String cedar = """
                // Agent::"nosuch" and Tool::"nosuch" in a comment, and in a text, are nothing.
                @id("Tool::nosuch")
                forbid(principal == Errand::Agent::"%s", action, resource == Errand::Tool::"%s")
                when { resource.environment == "production" && resource.sensitivity == "restricted"
                       && ["test", "staging"].contains(resource.environment) && "partner" != resource.destination
                       && resource.labels.contains("customer-pii") && context.kinds.containsAny(["read", "unknown"])
                       && context.session.labels.containsAll(["pci-cards", "data:internal"]) };
                """.formatted(agent, tool);

        Answer saved = scene.admin()
                .put("/admin/v1/policies/" + Scene.name("right"), Map.of("cedar", cedar, "status", "draft"));

        assertThat(saved.status()).as(saved.text()).isEqualTo(201);
        assertThat(saved.json().has("warnings")).as(saved.text()).isFalse();
    }
}
