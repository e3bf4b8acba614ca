package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** P1 and P2 a thousand times over: as many logins as grants, then none, and a receipt for each. */
@BrokerTest
class ThousandExchangesTest {

    private static final int EXCHANGES = 1_000;
    private static final int AT_ONCE = 16;

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;

    ThousandExchangesTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of("max_live_leases", EXCHANGES));
        scene.permits();
    }

    @Test
    void leaveAThousandLoginsAndThenNoneAndAThousandReceipts() throws Exception {
        List<JsonNode> granted = together(Collections.nCopies(
                EXCHANGES, () -> ok(BusyService.ask(() -> scene.exchange(Scene.request(agent, tool, "read"))))));
        Set<String> leases = new HashSet<>();
        granted.forEach(one ->
                leases.add(one.path("credentials").path(0).path("lease_id").asString()));

        assertThat(leases).hasSize(EXCHANGES);
        assertThat(logins(leases)).isEqualTo(EXCHANGES);

        List<JsonNode> ended = together(granted.stream()
                .<Callable<JsonNode>>map(one -> () -> ok(scene.complete(one)))
                .toList());

        assertThat(logins(leases)).isZero();
        Set<String> receipts = new HashSet<>();
        String keys = scene.keys();
        for (JsonNode task : ended) {
            JsonNode receipt =
                    Scene.verified(task.path("leases").path(0).path("receipt").asString(), keys);
            assertThat(receipt.path("evidence").path("kind").asString()).isEqualTo("absent");
            receipts.add(receipt.path("lease").asString());
        }
        assertThat(receipts).isEqualTo(leases);
    }

    private static JsonNode ok(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static List<JsonNode> together(List<Callable<JsonNode>> calls) throws Exception {
        try (ExecutorService callers =
                Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
            List<JsonNode> answers = new java.util.ArrayList<>();
            for (Future<JsonNode> answer : callers.invokeAll(calls)) {
                answers.add(answer.get());
            }
            return answers;
        }
    }

    /** How many of these leases' logins are in the catalogue. */
    private static int logins(Set<String> leases) throws SQLException {
        try (Connection connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var query = connection.prepareStatement("SELECT count(*) FROM pg_roles WHERE rolname = ANY (?)")) {
            Object[] names = leases.stream().map(lease -> "errand_" + lease).toArray();
            query.setArray(1, connection.createArrayOf("text", names));
            var rows = query.executeQuery();
            rows.next();
            return rows.getInt(1);
        }
    }
}
