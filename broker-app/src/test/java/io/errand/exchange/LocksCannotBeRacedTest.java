package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A grant commits before a lock and is swept, or sees it; a credential in the making loses. Looked up at the target. */
@BrokerTest
class LocksCannotBeRacedTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Operators operators;

    LocksCannotBeRacedTest(@LocalServerPort int port) {
        scene = new Scene(port);
        operators = new Operators(scene);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of("max_live_leases", 1000));
        scene.permits();
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "tool"})
    void aLockRacingTwoHundredExchangesLeavesNoUsableCredential(String kind) throws Exception {
        int many = 200;
        List<Map<String, String>> requests = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            requests.add(Scene.request(agent, tool, "read"));
        }
        CountDownLatch answered = new CountDownLatch(many / 5);
        List<Answer> answers = new ArrayList<>();
        Answer locked;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> exchanges = requests.stream()
                    .map(request -> threads.submit(() -> {
                        Answer answer = BusyService.ask(() -> scene.exchange(request));
                        answered.countDown();
                        return answer;
                    }))
                    .toList();
            answered.await();
            locked = BusyService.ask(() -> operators.revoke(Map.of(kind, kind.equals("agent") ? agent : tool), true));
            for (Future<Answer> exchange : exchanges) {
                answers.add(exchange.get());
            }
        }

        assertThat(locked.status()).isEqualTo(202);
        JsonNode manifest = operators.drained(locked);
        List<Answer> granted =
                answers.stream().filter(answer -> answer.status() == 200).toList();
        List<JsonNode> leases =
                scene.admin().get("/admin/v1/leases?limit=500&agent=" + agent).json().path("items").values().stream()
                        .toList();
        System.out.println("Raced: " + granted.size() + " granted before the lock, " + manifest.path("matched")
                + " live at the lock, " + (many - granted.size()) + " refused, p99 " + manifest.path("latency"));
        assertThat(granted).hasSizeBetween(1, many - 1);
        assertThat(leases).hasSizeGreaterThanOrEqualTo(granted.size());
        for (JsonNode lease : leases) {
            assertThat(lease.path("state").asString()).isEqualTo("revoked");
            assertThat(lease.path("receipt").asString()).isNotEmpty();
            assertThat(Operators.isInCatalogue(lease.path("id").asString())).isFalse();
        }
        for (Answer answer : granted) {
            JsonNode credential = answer.json().path("credentials").path(0);
            assertThatThrownBy(() -> Scene.login(credential)).isInstanceOf(SQLException.class);
        }
        operators.unlock(locked);
    }
}
