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
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What a single action is permitted by, when an operator has broken the glass, is on record like a grant under it. */
@BrokerTest
class BreakGlassUsesTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String set = Scene.name("glass");
    private final Scene scene;

    BreakGlassUsesTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
        scene.policy(set, """
                @id("closed") @liftable
                forbid(principal == Errand::Agent::"%s", action == Errand::Action::"use", resource)
                when { context.actions == ["write"] };
                """.formatted(agent));
    }

    private Wire operator() {
        return scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        "otto",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.operator"))));
    }

    @Test
    void everyUseIsFlaggedAndItsEndEndsIt() {
        Acting acting = Acting.on(scene, agent, Acting.tools(tool));
        JsonNode before = acting.denied(tool, "write");
        Answer broken = operator()
                .post(
                        "/admin/v1/breakglass",
                        Map.of(
                                "agent",
                                agent,
                                "tools",
                                List.of(tool),
                                "reason",
                                "orders are stuck",
                                "ticket",
                                "INC-1",
                                "ttl",
                                "PT3M"));
        assertThat(broken.status()).as(broken.text()).isEqualTo(201);
        String id = broken.json().path("id").asString();

        JsonNode read = acting.permitted(tool, "read");
        JsonNode write = acting.permitted(tool, "write");
        operator().post("/admin/v1/breakglass/" + id + "/end", Map.of());
        JsonNode after = acting.denied(tool, "write");

        assertThat(acting.reason(before)).isEqualTo("policy_forbidden");
        assertThat(acting.reason(after)).isEqualTo("policy_forbidden");
        assertThat(acting.events(read)).hasSize(1);
        assertThat(acting.events(read).getFirst().path("details").has("break_glass"))
                .isFalse();
        List<JsonNode> story = acting.events(write);
        assertThat(story)
                .extracting(event -> event.path("kind").asString())
                .containsExactlyInAnyOrder("evaluation.permitted", "breakglass.used");
        assertThat(story).allSatisfy(event -> {
            assertThat(event.path("details").path("break_glass").asString()).isEqualTo(id);
            assertThat(event.path("task").asString()).isEqualTo(acting.task());
        });
        assertThat(story.stream()
                        .filter(event -> event.path("kind").asString().equals("breakglass.used"))
                        .findFirst()
                        .orElseThrow()
                        .path("details")
                        .path("lifted")
                        .path(0)
                        .asString())
                .isEqualTo(set + "@1/closed");
    }
}
