package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** RFC 7662 and RFC 7009: who may ask, what is answered, and that a refused one learns nothing. */
@BrokerTest
class IntrospectionTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;

    IntrospectionTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("identities", List.of(Map.of("issuer", "workloads", "subject", "system:" + tool))));
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void aToolSeesItsOwnLeasesUntilTheTaskEnds() {
        JsonNode granted = granted();
        String credential =
                granted.path("credentials").path(0).path("data").path("token").asString();
        Wire system = scene.anonymous().as(Surroundings.WORKLOADS.token("system:" + tool));

        JsonNode during = introspect(system, credential, null);
        scene.anonymous()
                .as(granted.path("access_token").asString())
                .post("/v1/tasks/" + granted.path("task").path("id").asString() + "/cancel", "");
        JsonNode after = introspect(system, credential, null);

        assertThat(during.path("active").asBoolean()).isTrue();
        assertThat(during.path("client_id").asString()).isEqualTo(agent);
        assertThat(during.path("aud").asString()).isEqualTo("https://" + tool + ".example");
        assertThat(after.toString()).isEqualTo("{\"active\":false}");
    }

    @Test
    void aLeaseIsAskedForByItsId() {
        JsonNode granted = granted();
        String lease = granted.path("credentials").path(0).path("lease_id").asString();

        JsonNode own = introspect(scene.anonymous().as(Surroundings.WORKLOADS.token("system:" + tool)), lease, "lease");

        assertThat(own.path("active").asBoolean()).isTrue();
        assertThat(own.path("actions").path(0).asString()).isEqualTo("read");
    }

    @Test
    void strangersAndTaskTokensLearnNothing() {
        JsonNode granted = granted();
        String lease = granted.path("credentials").path(0).path("lease_id").asString();
        String credential =
                granted.path("credentials").path(0).path("data").path("token").asString();
        String taskToken = granted.path("access_token").asString();
        Wire stranger = scene.anonymous().as(Surroundings.WORKLOADS.token("system:other"));

        for (JsonNode answer : List.of(
                introspect(stranger, lease, "lease"),
                introspect(stranger, credential, null),
                introspect(stranger, taskToken, null),
                introspect(stranger, "garbage", null))) {
            assertThat(answer.toString()).isEqualTo("{\"active\":false}");
        }
        assertThat(scene.anonymous()
                        .form("/oauth2/introspect", Map.of("token", lease))
                        .status())
                .isEqualTo(401);
        assertThat(scene.anonymous()
                        .as(taskToken)
                        .form("/oauth2/introspect", Map.of("token", lease))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void holdersOfTheRoleSeeTaskTokens() {
        JsonNode granted = granted();

        JsonNode seen = introspect(
                scene.as("errand.introspect"), granted.path("access_token").asString(), null);
        JsonNode auditor = introspect(
                scene.as("errand.auditor"), granted.path("access_token").asString(), null);

        assertThat(seen.path("active").asBoolean()).isTrue();
        assertThat(seen.path("sub").asString()).isEqualTo("agent:" + agent);
        assertThat(auditor.toString()).isEqualTo("{\"active\":false}");
    }

    @Test
    void revokingATaskTokenCancelsItsTaskAndAStrangerRevokesNothing() {
        JsonNode granted = granted();
        String taskToken = granted.path("access_token").asString();

        int foreign = scene.anonymous()
                .as(Surroundings.WORKLOADS.token("system:other"))
                .form("/oauth2/revoke", Map.of("token", taskToken))
                .status();
        String before = state(granted);
        int own = scene.anonymous()
                .as(Surroundings.WORKLOADS.token(agent))
                .form("/oauth2/revoke", Map.of("token", taskToken))
                .status();

        assertThat(List.of(foreign, own)).containsOnly(200);
        assertThat(before).isEqualTo("active");
        assertThat(state(granted)).isEqualTo("cancelled");
    }

    private String state(JsonNode granted) {
        return scene.anonymous()
                .as(granted.path("access_token").asString())
                .get("/v1/tasks/" + granted.path("task").path("id").asString())
                .json()
                .path("state")
                .asString();
    }

    private JsonNode granted() {
        return scene.exchange(Scene.request(agent, tool, "read")).json();
    }

    private static JsonNode introspect(Wire caller, String token, @Nullable String hint) {
        Map<String, String> form = new HashMap<>(Map.of("token", token));
        if (hint != null) {
            form.put("token_type_hint", hint);
        }
        return caller.form("/oauth2/introspect", form).json();
    }
}
