package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * An issuer is every identity of it in a chain, be it a workload's, a person's or an actor's above: when it is revoked or deleted,
 * or an agent loses an identity of it, nothing that it touched goes on.
 */
@BrokerTest
class IssuersGoneTest {

    /** The advisory lock that grants share and whoever stops some takes alone. */
    private static final long GATE = 0x6572_7261_6e64_0001L;

    private final Scene scene;
    private final Operators operators;
    private final Refusals refusals;
    private final JdbcClient jdbc;
    private final DataSource database;

    IssuersGoneTest(@LocalServerPort int port, @Autowired JdbcClient jdbc, @Autowired DataSource database) {
        this.jdbc = jdbc;
        this.database = database;
        scene = new Scene(port);
        operators = new Operators(scene);
        refusals = new Refusals(scene, jdbc);
    }

    static Stream<String> ways() {
        return TouchedTasks.WAYS.stream();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theKillSwitchEndsAndLocksEverythingThatAnIssuerTouched(String how) {
        TouchedTasks touched = TouchedTasks.begin(scene, how);
        TouchedTasks beside = TouchedTasks.begin(scene, how);

        Answer revoked = operators.revoke(Map.of("issuer", touched.issuer().name()), true);

        assertThat(revoked.status()).as(revoked.text()).isEqualTo(202);
        assertThat(operators.manifest(revoked).path("matched").asInt()).isGreaterThanOrEqualTo(2);
        touched.assertDead();
        refusals.assertRefused(
                new Refusals.Expected(400, "access_denied", "locked"), () -> scene.exchange(touched.again()));
        beside.assertAlive();
        operators.unlock(revoked);
        scene.end(Family.granted(scene.exchange(touched.again())));
        beside.end();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anIssuerIsNotDeletedUnderWhatGoesOnByIt(String how) {
        TouchedTasks touched = TouchedTasks.begin(scene, how);
        String path = "/admin/v1/issuers/" + touched.issuer().name();

        Answer kept = scene.admin().delete(path);

        assertThat(kept.status()).as(kept.text()).isEqualTo(409);
        assertThat(kept.json().path("detail").asString()).contains("?revoke=true");
        touched.assertAlive();

        Answer deleted = scene.admin().delete(path + "?revoke=true");

        assertThat(deleted.status()).as(deleted.text()).isEqualTo(204);
        touched.assertDead();
        refusals.assertRefused(
                Refusals.Expected.invalidRequest("issuer_unknown"), () -> scene.exchange(touched.again()));
        // Whose issuer of that name comes later, it is not theirs.
        touched.issuer().register(scene, how.equals("person") ? "person" : "workload");
        touched.assertDead();
        assertThat(scene.admin().delete(path).status()).isEqualTo(204);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anIssuerThatBecomesAnotherIsOneThatGoes(String how) {
        TouchedTasks touched = TouchedTasks.begin(scene, how);
        String path = "/admin/v1/issuers/" + touched.issuer().name();
        Map<String, Object> other =
                new HashMap<>(touched.issuer().resource(how.equals("person") ? "person" : "workload"));
        other.put("audiences", List.of("errand", "other"));
        assertThat(scene.admin().put(path, other).status())
                .as("the same issuer, otherwise")
                .isEqualTo(200);
        other.put("issuer", "https://" + Scene.name("another") + ".example");

        Answer kept = scene.admin().put(path, other);
        touched.assertAlive();
        Answer replaced = scene.admin().put(path + "?revoke=true", other);

        assertThat(kept.status()).as(kept.text()).isEqualTo(409);
        assertThat(replaced.status()).as(replaced.text()).isEqualTo(200);
        touched.assertDead();
    }

    /** Its token was verified when the issuer was there, and its grant comes when it is not. */
    @Test
    void aGrantThatIsUnderWayWhileItsIssuerGoesIsRefused() throws Exception {
        TouchedTasks touched = TouchedTasks.begin(scene, "person");
        touched.end();
        CompletableFuture<Answer> exchange;
        try (Connection deleting = database.getConnection()) {
            deleting.setAutoCommit(false);
            try (PreparedStatement gate = deleting.prepareStatement("SELECT pg_advisory_xact_lock(?)")) {
                gate.setLong(1, GATE);
                gate.execute();
            }
            exchange = CompletableFuture.supplyAsync(() -> scene.exchange(touched.again()));
            await("the grant to wait at the gate")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> jdbc.sql(
                                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                                    + " AND wait_event_type = 'Lock' AND query LIKE '%pg_advisory_xact_lock_shared(%'")
                                    .query(Long.class)
                                    .single()
                            > 0);
            try (PreparedStatement delete = deleting.prepareStatement("DELETE FROM issuer WHERE name = ?")) {
                delete.setString(1, touched.issuer().name());
                assertThat(delete.executeUpdate()).isOne();
            }
            deleting.commit();
            deleting.setAutoCommit(true);
        }

        Answer refused = exchange.get();

        assertThat(refused.json().path("error").asString()).as(refused.text()).isEqualTo("access_denied");
        assertThat(scene.events("decision=" + refused.json().path("decision_id").asString()))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("details").path("reason").asString())
                                .isEqualTo("issuer_deleted"));
    }

    @Test
    void anAgentKeepsTheIdentitiesThatItsTasksGoOnBy() {
        TouchedTasks touched = TouchedTasks.begin(scene, "workload");
        String agent = touched.family().parent();
        String path = "/admin/v1/agents/" + agent;
        Map<String, Object> without = new HashMap<>(Map.of(
                "owner", "team@example.com",
                "purpose", "Do what tests do",
                "identities", List.of(Map.of("issuer", "workloads", "subject", agent)),
                "task_types", List.of("triage"),
                "tools", List.of(Map.of("tool", touched.family().tool(), "actions", List.of("read", "write")))));

        Answer kept = scene.admin().put(path, without);

        assertThat(kept.status()).as(kept.text()).isEqualTo(409);
        assertThat(kept.json().path("member").asString()).isEqualTo("identities");
        touched.assertAlive();

        Answer replaced = scene.admin().put(path + "?revoke=true", without);

        assertThat(replaced.status()).as(replaced.text()).isEqualTo(200);
        touched.assertDead();
        refusals.assertRefused(Refusals.Expected.invalidRequest("no_agent"), () -> scene.exchange(touched.again()));
        scene.end(Family.granted(
                scene.exchange(Scene.request(agent, touched.family().tool(), "read"))));
    }

    @Test
    void anIdentityThatNothingGoesOnByMayGo() {
        TouchedTasks touched = TouchedTasks.begin(scene, "second identity");
        touched.end();
        String agent = touched.family().parent();
        String tool = touched.family().tool();
        var going = Family.granted(scene.exchange(Scene.request(agent, tool, "read")));

        scene.agent(agent, tool, Map.of());

        assertThat(operators.isTaskActive(going)).isTrue();
        scene.end(going);
    }

    @Test
    void aPrefixThatStillCoversAnIdentityKeepsIt() {
        String agent = Scene.name("agent");
        String tool = Scene.name("orders");
        scene.jwtTool(tool, Map.of());
        scene.permits();
        Map<String, Object> exact = Map.of("issuer", "workloads", "subject", agent + ":main");
        Map<String, Object> prefix = Map.of("issuer", "workloads", "subject_prefix", agent + ":");
        scene.agent(agent, tool, Map.of("identities", List.of(exact)));
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", io.errand.testing.Surroundings.WORKLOADS.token(agent + ":main"));
        var going = Family.granted(scene.exchange(form));

        scene.agent(agent, tool, Map.of("identities", List.of(prefix)));

        assertThat(operators.isTaskActive(going)).isTrue();
        scene.end(going);
    }

    @Test
    void theTasksOfAnAgentThatIsDeletedCanDoNothing() {
        TouchedTasks touched = TouchedTasks.begin(scene, "workload");

        Answer deleted =
                scene.admin().delete("/admin/v1/agents/" + touched.family().parent() + "?revoke=true");

        assertThat(deleted.status()).isEqualTo(204);
        touched.assertPowerless();
        assertThat(touched.family().state(touched.child())).isEqualTo("cancelled");
    }
}
