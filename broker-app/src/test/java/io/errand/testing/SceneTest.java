package io.errand.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Tests share a broker, and what one permits is for its own agents and its own time. */
@BrokerTest
class SceneTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final Scene another;

    SceneTest(@LocalServerPort int port) {
        scene = new Scene(port);
        another = scene.through(port);
    }

    private List<String> sets() {
        return scene.admin().get("/admin/v1/policies?limit=200").json().path("items").values().stream()
                .map(set -> set.path("name").asString())
                .filter(name -> name.startsWith("own-"))
                .toList();
    }

    private int status(String who) {
        return scene.exchange(Scene.request(who, tool, "read")).status();
    }

    @Test
    void whatItPermitsIsForItsOwnAgentsUntilTheTestEnds() {
        String stranger = Scene.name("stranger");
        scene.jwtTool(tool, Map.of());
        another.agent(stranger, tool, Map.of());
        assertThat(sets()).as("what earlier tests permitted").isEmpty();

        scene.permits();
        scene.agent(agent, tool, Map.of());

        assertThat(sets()).hasSize(1);
        assertThat(status(agent)).isEqualTo(200);
        assertThat(status(stranger)).isEqualTo(400);
        scene.withdrawPolicies();
        assertThat(sets()).isEmpty();
        assertThat(status(agent)).isEqualTo(400);
    }
}
