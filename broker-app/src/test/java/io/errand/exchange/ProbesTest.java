package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Each tool's binding is shown to work before anybody depends on it: a credential is made, used, ended and seen gone. */
@BrokerTest
class ProbesTest {

    private static final Map<String, Object> WHY = Map.of("reason", "as the test says");

    private final String agent = Scene.name("novice");
    private final String orders = Scene.name("orders-db");
    private final Scene scene;

    ProbesTest(@LocalServerPort int port) {
        this.scene = new Scene(port);
    }

    private void draft(String... tools) {
        scene.agent(
                agent,
                orders,
                Map.of(
                        "state",
                        "draft",
                        "tools",
                        List.of(tools).stream()
                                .map(tool -> Map.of("tool", tool, "actions", List.of("write", "read")))
                                .toList()));
    }

    private Answer activate(Map<String, Object> body) {
        return scene.as("errand.admin").post("/admin/v1/agents/" + agent + "/activate", body);
    }

    private String state() {
        return scene.admin()
                .get("/admin/v1/agents/" + agent)
                .json()
                .path("state")
                .asString();
    }

    private static JsonNode of(Answer answer, String tool) {
        return answer.json().path("probes").values().stream()
                .filter(probe -> probe.path("tool").asString().equals(tool))
                .findFirst()
                .orElseThrow(() -> new AssertionError(answer.text()));
    }

    private List<JsonNode> events(String kind, String tool) {
        return scene.events("kind=" + kind).stream()
                .filter(event -> event.path("details").path("tool").asString().equals(tool))
                .toList();
    }

    private static int connections() throws SQLException {
        try (Connection connection = Postgres.shared().connect("postgres");
                ResultSet row = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) FROM pg_stat_activity WHERE datname = '"
                                + Surroundings.TARGET_DATABASE + "'")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static void atTarget(String... statements) throws SQLException {
        run(Surroundings.TARGET_DATABASE, statements);
    }

    private static void elsewhere(String... statements) throws SQLException {
        run("postgres", statements);
    }

    private static void run(String database, String... statements) throws SQLException {
        try (Connection connection = Postgres.shared().connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Test
    void aDraftBeginsOnceACredentialForEachToolWasMadeUsedAndSeenGone() {
        String token = Scene.name("token-tool");
        String nowhere = Scene.name("nowhere");
        scene.postgresTool(orders, Map.of());
        scene.jwtTool(token, Map.of());
        draft(orders, token, nowhere);

        Answer answer = activate(WHY);

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(state()).isEqualTo("active");
        JsonNode probe = of(answer, orders);
        assertThat(probe.path("result").asString()).isEqualTo("works");
        assertThat(probe.path("action").asString()).isEqualTo("read");
        assertThat(probe.path("detail").asString()).contains("SELECT 1").endsWith("seen to be gone.");
        String lease = probe.path("lease").asString();
        assertThat(Operators.isInCatalogue(lease)).isFalse();
        assertThat(scene.verified(probe.path("receipt").asString()).toString()).contains(lease, "absent");
        assertThat(of(answer, token).path("result").asString()).isEqualTo("works");
        assertThat(of(answer, token).path("detail").asString()).contains("published key", "offline");
        assertThat(of(answer, nowhere).path("result").asString()).isEqualTo("not_probed");
        assertThat(scene.events("kind=agent.activated&agent=" + agent))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("details").path("probes").toString())
                                .contains(orders + ": works", token + ": works", nowhere + ": not_probed"));
    }

    /** It is a lease of a task that ends within a minute, whatever becomes of the broker, and that is nobody's. */
    @Test
    void aProbeIsNothingThatTheAgentDid() {
        scene.postgresTool(orders, Map.of());
        draft(orders);

        JsonNode probe = of(activate(WHY), orders);

        JsonNode begun = events("probe.begun", orders).getFirst();
        assertThat(begun.path("lease").asString()).isEqualTo(probe.path("lease").asString());
        assertThat(begun.path("who").asString()).startsWith("person:people:root");
        assertThat(begun.path("agent").isMissingNode() || begun.path("agent").isNull())
                .isTrue();
        assertThat(begun.path("details").path("activation_of").asString()).isEqualTo(agent);
        assertThat(Duration.between(
                        Instant.parse(begun.path("at").asString()),
                        Instant.parse(begun.path("details").path("expires_at").asString())))
                .isLessThanOrEqualTo(Duration.ofMinutes(1));
        assertThat(events("probe.ended", orders))
                .singleElement()
                .satisfies(event -> assertThat(event.path("outcome").asString()).isEqualTo("works"));
        assertThat(scene.admin()
                        .get("/admin/v1/leases?agent=" + agent)
                        .json()
                        .path("items")
                        .values())
                .isEmpty();
        assertThat(scene.events("agent=" + agent))
                .extracting(event -> event.path("kind").asString())
                .containsExactlyInAnyOrder("agent.created", "agent.activated");
    }

    @Test
    void oneWhoseLoginsAreTurnedAwayKeepsItADraftAndLeavesNothing() throws SQLException {
        scene.postgresTool(orders, Map.of());
        draft(orders);
        // Those that the broker has open are in its pools by then, and are the last that are let in.
        scene.admin().post("/admin/v1/tools/" + orders + "/probe", Map.of());
        int[] open = {-1};
        await("the broker's connections to be there")
                .pollInterval(Duration.ofMillis(500))
                .until(() -> open[0] == (open[0] = connections()));
        elsewhere("ALTER DATABASE " + Surroundings.TARGET_DATABASE + " CONNECTION LIMIT " + open[0]);
        try {
            Answer refused = activate(WHY);

            assertThat(refused.status()).as(refused.text()).isEqualTo(409);
            JsonNode probe = of(refused, orders);
            assertThat(probe.path("result").asString()).isEqualTo("failed");
            assertThat(probe.path("step").asString()).isEqualTo("use");
            assertThat(probe.path("detail").asString()).contains("too many connections for database");
            assertThat(probe.path("receipt").asString()).isNotEmpty();
            assertThat(Operators.isInCatalogue(probe.path("lease").asString())).isFalse();
            assertThat(state()).isEqualTo("draft");
            assertThat(events("probe.ended", orders).stream()
                            .filter(event -> event.path("lease")
                                    .asString()
                                    .equals(probe.path("lease").asString())))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.path("outcome").asString()).isEqualTo("failed");
                        assertThat(event.path("details").path("step").asString())
                                .isEqualTo("use");
                    });
        } finally {
            elsewhere("ALTER DATABASE " + Surroundings.TARGET_DATABASE + " CONNECTION LIMIT -1");
        }
    }

    @Test
    void oneThatDoesNotWorkIsOnlyLetThroughWithAReason() throws SQLException {
        String group = "gone_" + agent.replace('-', '_');
        atTarget(
                "CREATE ROLE " + group + " NOLOGIN",
                "GRANT " + group + " TO errand_broker WITH ADMIN OPTION",
                "GRANT CONNECT ON DATABASE " + Surroundings.TARGET_DATABASE + " TO " + group);
        scene.postgresTool(
                orders,
                Map.of(
                        "actions",
                        List.of("read"),
                        "config",
                        Map.of("target", "orders", "roles", Map.of("read", List.of(group)))));
        draft(orders);
        atTarget("DROP OWNED BY " + group, "DROP ROLE " + group);

        Answer refused = activate(WHY);
        Answer blank = activate(Map.of("reason", "r", "without_probe", " "));

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("detail").asString()).contains(orders, "without_probe");
        assertThat(of(refused, orders).path("step").asString()).isEqualTo("check");
        assertThat(of(refused, orders).path("detail").asString()).contains(group);
        assertThat(blank.status()).isEqualTo(400);
        assertThat(state()).isEqualTo("draft");
        assertThat(events("probe.begun", orders)).isEmpty();

        Answer forced = activate(Map.of("reason", "r", "without_probe", "the role comes on Monday"));

        assertThat(forced.status()).as(forced.text()).isEqualTo(200);
        assertThat(scene.events("kind=agent.activated&agent=" + agent))
                .singleElement()
                .satisfies(event -> assertThat(
                                event.path("details").path("without_probe").asString())
                        .isEqualTo("the role comes on Monday"));
    }

    @ParameterizedTest
    @CsvSource({"tool", "agent"})
    void aLockStopsIt(String kind) {
        scene.postgresTool(orders, Map.of());
        draft(orders);
        Operators operators = new Operators(scene);
        Answer lock = operators.revoke(Map.of(kind, kind.equals("tool") ? orders : agent), true);
        try {
            Answer refused = activate(WHY);

            assertThat(refused.status()).as(refused.text()).isEqualTo(409);
            assertThat(of(refused, orders).path("step").asString()).isEqualTo("locked");
            assertThat(of(refused, orders).path("detail").asString())
                    .contains(lock.json().path("lock").asString());
            assertThat(events("probe.begun", orders)).isEmpty();
        } finally {
            operators.unlock(lock);
        }
    }

    @Test
    void whoWakesASuspendedOneDoesNotWait() {
        scene.postgresTool(orders, Map.of());
        scene.agent(agent, orders, Map.of("state", "suspended"));

        assertThat(activate(WHY).status()).isEqualTo(200);
        assertThat(events("probe.begun", orders)).isEmpty();
    }

    @Test
    void aToolIsProbedByItself() {
        scene.postgresTool(orders, Map.of("kinds", Map.of("read", "write", "write", "read")));

        Answer least = scene.as("errand.admin").post("/admin/v1/tools/" + orders + "/probe", Map.of());
        Answer named = scene.as("errand.admin").post("/admin/v1/tools/" + orders + "/probe", Map.of("action", "read"));

        assertThat(least.json().path("action").asString()).as(least.text()).isEqualTo("write");
        assertThat(least.json().path("result").asString()).isEqualTo("works");
        assertThat(named.json().path("action").asString()).isEqualTo("read");
        assertThat(least.text() + named.text()).doesNotContain("SCRAM", "password");
        assertThat(scene.as("errand.operator")
                        .post("/admin/v1/tools/" + orders + "/probe", Map.of())
                        .status())
                .isEqualTo(403);
        assertThat(scene.admin()
                        .post("/admin/v1/tools/" + orders + "/probe", Map.of("action", "drop"))
                        .json()
                        .path("member")
                        .asString())
                .isEqualTo("action");
        assertThat(scene.admin()
                        .post("/admin/v1/tools/no-such-tool/probe", Map.of())
                        .status())
                .isEqualTo(404);
    }
}
