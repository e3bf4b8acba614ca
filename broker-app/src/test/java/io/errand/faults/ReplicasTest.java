package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Brokers on one database; one has a clock that is ten minutes ahead, and another one's is ten minutes behind. */
@BesideOthers
class ReplicasTest {

    private static Deployment deployment;
    private static Toxiproxy.Line toTarget;
    private static BrokerProcess good;
    private static BrokerProcess ahead;
    private static Scene scene;
    private static Scene sceneAhead;

    @BeforeAll
    static void start() {
        deployment = new Deployment();
        toTarget = Toxiproxy.shared().to(Servers.postgresAddress());
        deployment.targetAt(toTarget.address());
        good = deployment.start();
        scene = Deployment.furnish(good);
        ahead = deployment.launch(Map.of(FaultyErrand.CLOCK_AHEAD, "PT10M")).awaitReady();
        sceneAhead = scene.through(ahead.port());
    }

    @AfterAll
    static void stop() {
        if (good != null) {
            good.close();
        }
        if (ahead != null) {
            ahead.close();
        }
    }

    /** P6: the lease ends by the database's clock, whoever looks at it. */
    @Test
    void aClockThatIsAheadEndsNoLease() throws SQLException {
        JsonNode grant = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
        Answer late = sceneAhead.exchange(Scene.request(Deployment.AGENT, Deployment.POSTGRES_TOOL, "read"));
        assertThat(late.status()).as("a token that this clock says is over").isEqualTo(400);

        Map<String, String> form = Scene.request(Deployment.AGENT, Deployment.POSTGRES_TOOL, "read");
        form.put(
                "subject_token",
                Surroundings.WORKLOADS.token(
                        Deployment.AGENT,
                        claims -> claims.expirationTime(Date.from(Instant.now().plusSeconds(1200)))));
        Answer other = sceneAhead.exchange(form);
        assertThat(other.status()).as(other.text()).isEqualTo(200);
        assertThat(deployment.count("""
                        SELECT count(*) FROM lease WHERE state = 'active' AND expires_at > now() + interval '4 minutes'
                           AND expires_at <= now() + interval '5 minutes'
                        """)).isEqualTo(2);
        Client.login(grant).close();
        Client.login(other.json()).close();

        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
        Remains.nothingIsLeft(deployment, scene);
    }

    /** P6 at Vault too: what it gives lasts as long as the lease does by the database's clock. */
    @Test
    void aClockThatIsBehindProlongsNothing() {
        try (BrokerProcess behind =
                deployment.launch(Map.of(FaultyErrand.CLOCK_AHEAD, "-PT10M")).awaitReady()) {
            Scene sceneBehind = scene.through(behind.port());
            Answer early = sceneBehind.exchange(Scene.request(Deployment.AGENT, Deployment.VAULT_TOOL, "read"));
            assertThat(early.status())
                    .as("a token from what this clock calls the future")
                    .isEqualTo(400);

            Map<String, String> form = Scene.request(Deployment.AGENT, Deployment.VAULT_TOOL, "read");
            form.put(
                    "subject_token",
                    Surroundings.WORKLOADS.token(
                            Deployment.AGENT,
                            claims -> claims.issueTime(Date.from(Instant.now().minusSeconds(900)))
                                    .notBeforeTime(null)));
            Answer granted = sceneBehind.exchange(form);
            assertThat(granted.status()).as(granted.text()).isEqualTo(200);
            assertThat(deployment.count("""
                            SELECT count(*) FROM lease WHERE state = 'active' AND backend = 'vault'
                               AND expires_at <= now() + interval '5 minutes'
                            """)).isOne();
            assertThat(deployment.engine().longestToken()).isLessThanOrEqualTo(Duration.ofMinutes(5));
        }
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
        Remains.nothingIsLeft(deployment, scene);
    }

    /** The revocation API has answered at one: at the other nothing is granted, and nothing is said to be live. */
    @Test
    void whatOneStoppedIsStoppedAtTheOther() {
        try (BrokerProcess other = deployment.start()) {
            Scene there = scene.through(other.port());
            JsonNode grant = Client.granted(there, Deployment.POSTGRES_TOOL, "read");
            String lease = grant.path("credentials").path(0).path("lease_id").asString();

            Answer stopped = scene.admin()
                    .post(
                            "/admin/v1/revocations",
                            Map.of("scope", Map.of("agent", Deployment.AGENT), "reason", "a drill", "lock", true));
            Answer asked = there.exchange(Scene.request(Deployment.AGENT, Deployment.POSTGRES_TOOL, "read"));
            Answer more =
                    there.anonymous().as(grant.path("access_token").asString()).get("/v1/leases/" + lease);

            assertThat(stopped.status()).as(stopped.text()).isEqualTo(202);
            assertThat(asked.json().path("error").asString()).isEqualTo("access_denied");
            assertThat(more.json().path("state").asString()).isIn("revoking", "revoked");
            scene.admin()
                    .get("/admin/v1/locks")
                    .json()
                    .path("items")
                    .forEach(lock -> scene.admin()
                            .delete("/admin/v1/locks/" + lock.path("id").asString()));
            assertThat(there.exchange(Scene.request(Deployment.AGENT, Deployment.POSTGRES_TOOL, "read"))
                            .status())
                    .isEqualTo(200);
        }
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
        Remains.nothingIsLeft(deployment, scene);
    }

    /** One stands between destroying and recording it while its claim is given to whoever comes: the other, or itself again. */
    @Test
    void twoRevokeTheSameLeaseAndWriteOneReceipt() {
        JsonNode grant = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
        good.arm("postgres-destroyed");
        ahead.arm("postgres-destroyed");
        CompletableFuture<Answer> completed = Client.completes(scene, grant);
        Deployment.await("one of them", () -> good.stands("postgres-destroyed") || ahead.stands("postgres-destroyed"));
        BrokerProcess first = good.stands("postgres-destroyed") ? good : ahead;
        BrokerProcess second = first == good ? ahead : good;
        deployment.passTime();
        Deployment.await(
                "a second look",
                () -> second.stands("postgres-destroyed")
                        || deployment.count("SELECT count(*) FROM lease WHERE state <> 'revoked'") == 0);

        first.letGo("postgres-destroyed");
        second.disarm("postgres-destroyed");
        if (second.stands("postgres-destroyed")) {
            second.letGo("postgres-destroyed");
        }
        Deployment.await("the first one's end", () -> first.logged().contains("Passed postgres-destroyed"));

        assertThat(completed.join().status()).isEqualTo(200);
        Remains.nothingIsLeft(deployment, scene);
    }

    /** The target is away when the task ends; meanwhile the agent's session is open and owns things. */
    @Test
    void targetDownAtRevocationWithASessionThatOwnsObjects() throws SQLException {
        JsonNode grant = Client.granted(scene, Deployment.POSTGRES_TOOL, "read", "write");
        try (Connection session = Client.login(grant);
                var statement = session.createStatement()) {
            statement.execute("CREATE TABLE kept_by_the_session AS SELECT 1 AS one");
            toTarget.down();
            CompletableFuture<Answer> completed = Client.completes(scene, grant);
            Deployment.await(
                    "a try that failed",
                    () -> deployment.count("SELECT count(*) FROM lease WHERE state = 'revoking' AND attempts > 0") > 0);

            toTarget.up();
            assertThat(completed.join().status()).isEqualTo(200);
            assertThatThrownBy(() -> statement.execute("SELECT 1")).isInstanceOf(SQLException.class);
        }
        Remains.nothingIsLeft(deployment, scene);
        assertThat(Deployment.rows(
                        Surroundings.TARGET_DATABASE,
                        "SELECT tableowner FROM pg_tables WHERE tablename = 'kept_by_the_session'"))
                .first()
                .asString()
                .contains("errand_leftovers");
        Servers.postgres().execute(Surroundings.TARGET_DATABASE, "DROP TABLE kept_by_the_session");
    }
}
