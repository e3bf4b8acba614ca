package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two brokers on one database, one of which has a clock that is ten minutes ahead. */
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
        toTarget = Toxiproxy.shared()
                .to(Postgres.shared().host() + ":" + Postgres.shared().port());
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
                    () -> deployment.count("SELECT max(attempts) FROM lease WHERE state = 'revoking'") > 0);

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
                .contains("orders_");
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "DROP TABLE kept_by_the_session");
    }
}
