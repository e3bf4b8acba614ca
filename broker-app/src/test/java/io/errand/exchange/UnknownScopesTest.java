package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A kill switch that is thrown at a name which nothing has stops nothing, and says so: it never looks like success. */
@BrokerTest
class UnknownScopesTest {

    private final String agent = Scene.name("reconciler");
    private final String tool = Scene.name("warehouse");
    private final String owner = Scene.name("stockkeepers") + "@example.com";
    private final String person = Scene.name("barbara");
    private final Scene scene;
    private final Operators operators;

    UnknownScopesTest(@LocalServerPort int port) {
        scene = new Scene(port);
        operators = new Operators(scene);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(
                agent,
                tool,
                Map.of(
                        "owner",
                        owner,
                        "on_behalf_of",
                        List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits();
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "owner", "person", "task", "task_tree", "tool", "issuer", "lease"})
    void anUnknownNameIsNotFoundAndChangesNothing(String kind) {
        JsonNode granted = Family.granted(scene.exchange(Scene.requestFor(person, agent, tool, "read")));
        String before = standing();

        Answer refused = scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", Map.of(kind, mistaken(kind)), "reason", "test"));

        assertThat(refused.status()).as(refused.text()).isEqualTo(404);
        assertThat(refused.json().path("detail").asString()).contains("Nothing was changed", "even_if_unknown");
        if (!List.of("task", "task_tree", "lease").contains(kind)) {
            assertThat(refused.json().path("nearest").values())
                    .extracting(JsonNode::asString)
                    .contains(meant(kind));
            assertThat(refused.json().path("detail").asString()).contains("did you mean");
        }
        assertThat(standing()).isEqualTo(before);
        assertThat(operators.isTaskActive(granted)).isTrue();
        scene.end(granted);
    }

    @Test
    void aPersonIsFoundByTheLastPartOfTheirName() {
        scene.end(Family.granted(scene.exchange(Scene.requestFor(person, agent, tool, "read"))));

        Answer refused = operators.revoke(Map.of("person", person), true);
        Answer known = operators.revoke(Map.of("person", "person:people:" + person), true);

        assertThat(refused.status()).isEqualTo(404);
        assertThat(refused.json().path("nearest").path(0).asString()).isEqualTo("person:people:" + person);
        assertThat(known.status()).as("their task is over, and they were seen").isEqualTo(202);
        assertThat(known.json().has("unknown")).isFalse();
        operators.unlock(known);
    }

    @Test
    void aNameIsLockedAheadOfTimeWhereThatIsSaid() {
        String nobody = Scene.name("nobody");

        Answer locked = operators.revokeEvenIfUnknown(Map.of("agent", nobody));
        scene.agent(nobody, tool, Map.of());
        Answer refused = scene.exchange(Scene.request(nobody, tool, "read"));
        JsonNode manifest = operators.manifest(locked);
        operators.unlock(locked);

        assertThat(locked.status()).as(locked.text()).isEqualTo(202);
        assertThat(locked.json().path("unknown").asBoolean()).isTrue();
        assertThat(locked.json().path("lock").asString()).isNotEmpty();
        assertThat(manifest.path("unknown").asBoolean()).isTrue();
        assertThat(manifest.path("matched").asInt()).isZero();
        assertThat(refused.json().path("error").asString()).isEqualTo("access_denied");
        scene.end(Family.granted(scene.exchange(Scene.request(nobody, tool, "read"))));
    }

    @Test
    void aKnownNameIsNotCalledUnknownWhateverIsSaid() {
        Answer locked = operators.revokeEvenIfUnknown(Map.of("agent", agent));
        operators.unlock(locked);

        assertThat(locked.json().has("unknown")).isFalse();
    }

    /** All that a revocation could have made. */
    private String standing() {
        Map<String, String> all = new HashMap<>();
        for (String list : List.of("locks", "revocations?limit=500")) {
            all.put(list, scene.as("errand.auditor").get("/admin/v1/" + list).text());
        }
        return all.toString()
                + scene.events("kind=lock.set").size()
                + scene.events("kind=revocation.ordered").size();
    }

    private String meant(String kind) {
        return switch (kind) {
            case "agent" -> agent;
            case "owner" -> owner;
            case "person" -> "person:people:" + person;
            case "tool" -> tool;
            default -> "workloads";
        };
    }

    private String mistaken(String kind) {
        return switch (kind) {
            case "task", "task_tree", "lease" -> UUID.randomUUID().toString();
            case "issuer" -> "workload";
            default -> meant(kind).replaceFirst("r", "rr");
        };
    }
}
