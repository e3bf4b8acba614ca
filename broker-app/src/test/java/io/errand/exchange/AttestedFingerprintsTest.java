package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What the identity token says of an agent is what it is compared by, whatever the agent declares. */
@BrokerTest
class AttestedFingerprintsTest {

    private static final String REGISTERED = "a".repeat(64);
    private static final String ANOTHER = "b".repeat(64);

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;

    AttestedFingerprintsTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(
                agent,
                tool,
                Map.of(
                        "fingerprint",
                        Map.of("model", "model-1", "toolchain_sha256", REGISTERED),
                        "attested_by",
                        Map.of("toolchain_sha256", "image_digest")));
        scene.policy(agent, "permit(principal == Errand::Agent::\"" + agent + "\", action, resource);");
    }

    /** @param task its members; empty: none is sent */
    private Answer asks(String task, Object claim) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", Surroundings.WORKLOADS.token(agent, claims -> claims.claim("image_digest", claim)));
        if (task.isEmpty()) {
            form.remove("task");
        } else {
            form.put("task", task);
        }
        return scene.exchange(form);
    }

    private String reason() {
        List<JsonNode> denied = scene.events("kind=exchange.denied&agent=" + agent);
        return denied.getLast().path("details").path("reason").asString() + ": "
                + denied.getLast().path("details").path("detail").asString();
    }

    @Test
    void theClaimCountsAndNotWhatIsDeclared() {
        assertThat(asks("", REGISTERED).status()).isEqualTo(200);
        assertThat(asks(declaring(ANOTHER), REGISTERED).status()).isEqualTo(200);

        Answer drifted = asks(declaring(REGISTERED), ANOTHER);

        assertThat(drifted.status()).isEqualTo(400);
        assertThat(reason()).startsWith("fingerprint_changed: toolchain_sha256 was " + REGISTERED);
    }

    private static String declaring(String toolchain) {
        return "{\"type\":\"triage\",\"fingerprint\":{\"toolchain_sha256\":\"" + toolchain + "\"}}";
    }

    /** Beside it, what the agent declares of what nobody attests. */
    @Test
    void othersAreDeclared() {
        assertThat(asks("{\"fingerprint\":{\"model\":\"model-1\"}}", REGISTERED).status())
                .isEqualTo(200);
        assertThat(asks("{\"fingerprint\":{\"model\":\"model-2\"}}", REGISTERED).status())
                .isEqualTo(400);
        assertThat(reason()).startsWith("fingerprint_changed: model was model-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha256:aaaa", "AAAA"})
    void aTokenThatDoesNotSayItIsRefused(String claim) {
        assertThat(asks("", claim).status()).isEqualTo(400);
        assertThat(reason()).startsWith("fingerprint_not_attested: ");
        assertThat(asks("", 7).status()).isEqualTo(400);
        assertThat(scene.exchange(Scene.request(agent, tool, "read")).status()).isEqualTo(400);
    }

    @Test
    void moreForATaskIsComparedToo() {
        JsonNode task = Family.granted(asks("", REGISTERED));
        Map<String, String> more = new HashMap<>(Scene.request(agent, tool, "read"));
        more.remove("task");
        more.put("subject_token", task.path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);
        more.put("actor_token_type", Scene.JWT);

        more.put("actor_token", Surroundings.WORKLOADS.token(agent, claims -> claims.claim("image_digest", ANOTHER)));
        assertThat(scene.exchange(more).status()).isEqualTo(400);
        more.put(
                "actor_token", Surroundings.WORKLOADS.token(agent, claims -> claims.claim("image_digest", REGISTERED)));
        assertThat(scene.exchange(more).status()).isEqualTo(200);
    }

    @Test
    void whatIsNoMemberIsNamed() {
        for (Map<String, String> wrong : List.of(Map.of("colour", "c"), Map.of("model", " "))) {
            Answer answer = scene.admin()
                    .put(
                            "/admin/v1/agents/" + agent,
                            Map.of(
                                    "owner",
                                    "team@example.com",
                                    "purpose",
                                    "p",
                                    "task_types",
                                    List.of("triage"),
                                    "attested_by",
                                    wrong));
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().path("member").asString()).startsWith("attested_by");
        }
    }
}
