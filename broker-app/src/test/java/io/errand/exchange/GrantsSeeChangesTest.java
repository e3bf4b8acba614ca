package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A grant commits before the change of an agent or a tool, or sees it; nothing slips through between. */
@BrokerTest
class GrantsSeeChangesTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final String set = Scene.name("changed");
    private final Scene scene;
    private final DataSource database;
    private final JdbcClient jdbc;

    GrantsSeeChangesTest(@LocalServerPort int port, @Autowired DataSource database, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        this.database = database;
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.policy(set, permit());
    }

    private String permit() {
        return "permit(principal == Errand::Agent::\"" + agent + "\", action, resource);";
    }

    /** The change is under way while the exchange decides by what it replaces. */
    @ParameterizedTest
    @CsvSource({
        "UPDATE agent SET version = version + 1 WHERE name = ?, agent, agent_changed",
        "UPDATE tool SET version = version + 1 WHERE name = ?, tool, tool_changed"
    })
    void aGrantWaitsForAChangeUnderWayAndIsRefused(String change, String what, String reason) throws Exception {
        CompletableFuture<Answer> exchange;
        try (Connection changing = database.getConnection()) {
            changing.setAutoCommit(false);
            update(changing, change, what.equals("agent") ? agent : tool);
            exchange = CompletableFuture.supplyAsync(() -> scene.exchange(Scene.request(agent, tool, "read")));
            await("the grant to wait for the name")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> jdbc.sql(
                                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                                    + " AND wait_event_type = 'Lock' AND query LIKE '%pg_advisory_xact_lock_shared(name_key(%'")
                                    .query(Long.class)
                                    .single()
                            > 0);
            changing.commit();
            changing.setAutoCommit(true);
        }

        Answer refused = exchange.get();
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(scene.events("decision=" + refused.json().path("decision_id").asString())
                        .getFirst()
                        .path("details")
                        .path("reason")
                        .asString())
                .isEqualTo(reason);
        assertThat(scene.admin()
                        .get("/admin/v1/leases?agent=" + agent)
                        .json()
                        .path("items")
                        .size())
                .isZero();
    }

    /** The change is committed between the decision and its grant. */
    @Test
    void aGrantDecidedByPoliciesOfBeforeIsRefused() throws Exception {
        CompletableFuture<Answer> exchange;
        try (Connection changing = database.getConnection()) {
            changing.setAutoCommit(false);
            try (var gate = changing.prepareStatement("SELECT pg_advisory_xact_lock(?)")) {
                gate.setLong(1, 0x6572_7261_6e64_0001L);
                gate.execute();
            }
            exchange = CompletableFuture.supplyAsync(() -> scene.exchange(Scene.request(agent, tool, "read")));
            await("the grant to wait")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> jdbc.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                            + " AND wait_event = 'advisory' AND query LIKE '%lock_shared%'")
                                    .query(Long.class)
                                    .single()
                            > 0);
            update(
                    changing,
                    "UPDATE policy_version SET status = 'superseded' WHERE status = 'active' AND name = ?",
                    set);
            changing.commit();
            changing.setAutoCommit(true);
        }

        Answer refused = exchange.get();
        assertThat(refused.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(scene.events("decision=" + refused.json().path("decision_id").asString())
                        .getFirst()
                        .path("details")
                        .path("reason")
                        .asString())
                .isEqualTo("policy_changed");
    }

    @Test
    void aChangeOfPoliciesWaitsForTheGrantsUnderWay() throws Exception {
        CompletableFuture<Answer> change;
        try (Connection granting = database.getConnection()) {
            granting.setAutoCommit(false);
            try (var gate = granting.prepareStatement("SELECT pg_advisory_xact_lock_shared(?)")) {
                gate.setLong(1, 0x6572_7261_6e64_0001L);
                gate.execute();
            }
            change = CompletableFuture.supplyAsync(
                    () -> scene.admin().put("/admin/v1/policies/" + set, Map.of("cedar", permit())));
            await("the change to wait")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> jdbc.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                            + " AND wait_event = 'advisory' AND query LIKE '%xact_lock($1)%'")
                                    .query(Long.class)
                                    .single()
                            > 0);
            assertThat(change.isDone()).isFalse();
            granting.commit();
            granting.setAutoCommit(true);
        }

        assertThat(change.get().status()).isLessThan(300);
    }

    private static void update(Connection connection, String sql, String name) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            assertThat(statement.executeUpdate()).isEqualTo(1);
        }
    }
}
