package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** P7. */
@BrokerTest
class RetryNeverDoublesAuthorityTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String key = UUID.randomUUID().toString();
    private final Scene scene;

    RetryNeverDoublesAuthorityTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void twoCallsInARowKeepTheTaskAndKillWhatTheFirstOneMade() throws SQLException {
        JsonNode first = exchange(key, "read").json();
        JsonNode second = exchange(key, "read").json();

        assertThat(second.path("task").path("id")).isEqualTo(first.path("task").path("id"));
        assertThat(scene.anonymous()
                        .as(first.path("access_token").asString())
                        .get("/v1/tasks/" + first.path("task").path("id").asString())
                        .status())
                .isEqualTo(401);
        await("the first login to be refused")
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThatThrownBy(() ->
                                Scene.login(first.path("credentials").path(0)).close())
                        .isInstanceOf(SQLException.class));
        Scene.login(second.path("credentials").path(0)).close();
        scene.complete(second);
    }

    @Test
    void anotherBodyIsRefusedAndNothingIsRevoked() throws SQLException {
        JsonNode first = exchange(key, "read").json();
        Answer other = exchange(key, "write");

        assertThat(other.status()).isEqualTo(400);
        assertThat(other.json().path("error").asString()).isEqualTo("invalid_request");
        Scene.login(first.path("credentials").path(0)).close();
        scene.complete(first);
    }

    @Test
    void twoAtOnceNeverLeaveTwoUsableLogins() throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Answer>> calls = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 6; i++) {
                calls.add(threads.submit(() -> {
                    start.await();
                    return BusyService.ask(() -> exchange(key, "read"));
                }));
            }
            start.countDown();
        }
        List<JsonNode> granted = new ArrayList<>();
        for (Future<Answer> call : calls) {
            assertThat(call.get().status()).as(call.get().text()).isIn(200, 409);
            if (call.get().status() == 200) {
                granted.add(call.get().json());
            }
        }

        assertThat(granted).isNotEmpty();
        await("one login at most to be left").atMost(Duration.ofSeconds(15)).until(() -> usable(granted) == 1);
    }

    @Test
    void aKeyIsOneAgentsOwn() {
        String neighbour = Scene.name("agent");
        scene.agent(neighbour, tool, Map.of());
        JsonNode mine = exchange(key, "read").json();

        Answer theirs = scene.anonymous()
                .with("Idempotency-Key", key)
                .form("/oauth2/token", Scene.request(neighbour, tool, "write"));

        assertThat(theirs.status()).isEqualTo(200);
        assertThat(theirs.json().path("task").path("id"))
                .isNotEqualTo(mine.path("task").path("id"));
        scene.complete(mine);
        scene.complete(theirs.json());
    }

    private Answer exchange(String idempotencyKey, String action) {
        Map<String, String> form = Scene.request(agent, tool, action);
        form.put("subject_token", Surroundings.WORKLOADS.token(agent));
        return scene.anonymous().with("Idempotency-Key", idempotencyKey).form("/oauth2/token", form);
    }

    private static int usable(List<JsonNode> granted) {
        int usable = 0;
        for (JsonNode one : granted) {
            usable += mayLogIn(one) ? 1 : 0;
        }
        return usable;
    }

    private static boolean mayLogIn(JsonNode granted) {
        try {
            Scene.login(granted.path("credentials").path(0)).close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }
}
