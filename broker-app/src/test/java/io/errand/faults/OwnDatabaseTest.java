package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Visitor;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/** The broker's own PostgreSQL fails it: callers are told at once to come back, and may. */
@Isolated("it says how soon callers are told")
class OwnDatabaseTest {

    private static final Duration SOON = Duration.ofSeconds(2);

    private static Deployment deployment;
    private static Toxiproxy.Line line;
    private static BrokerProcess broker;
    private static Scene scene;

    @BeforeAll
    static void start() {
        deployment = new Deployment();
        line = Toxiproxy.shared().to(Servers.postgresAddress());
        broker = deployment.databaseAt(line.address()).start();
        scene = Deployment.furnish(broker);
        // The first of everything is slow.
        scene.complete(Client.granted(scene, Deployment.POSTGRES_TOOL, "read"));
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @AfterEach
    void mend() {
        line.mend();
        line.up();
    }

    @Test
    void downAndUpAgain() {
        JsonNode before = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");

        line.down();
        Client.Timed refused = Client.asks(scene, Deployment.POSTGRES_TOOL).join();
        Client.turnedAway(refused.answer());
        assertThat(refused.took()).isLessThan(SOON);
        Client.toldToComeBack(scene.admin().get("/admin/v1/agents"));

        line.up();
        worksAgain();
        assertThat(scene.complete(before).status()).isEqualTo(200);
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void downWhileSomebodyIsAtThePages() {
        Visitor approver = Visitor.signedIn(broker.port(), "alice", List.of("errand.approver"), List.of());
        approver.get("/console/approvals");

        line.down();
        List<Answer> told = List.of(
                approver.get("/console/approvals"),
                approver.post("/console/sign-out", Map.of()),
                approver.comeBack(
                        Visitor.asked(approver.get("/console/sign-in/administrators")),
                        Surroundings.PEOPLE,
                        claims -> claims,
                        "alice",
                        Map.of("roles", List.of("errand.approver"))));

        assertThat(told).allSatisfy(page -> {
            assertThat(page.status()).isEqualTo(503);
            assertThat(page.header("Content-Type")).startsWith("text/html");
            assertThat(page.header("Content-Security-Policy")).contains("default-src 'none'");
            assertThat(Visitor.text(page)).contains("cannot reach its database; try again later");
        });
        assertThat(approver.get("/console/assets/console.css").status()).isEqualTo(200);
        line.up();
        worksAgain();
        assertThat(approver.get("/console/approvals").status()).isEqualTo(200);
    }

    /** The line is cut before each statement and commit of an exchange in turn, until there are no more. */
    @Test
    void downAtEachStepOfAnExchange() {
        int step = 0;
        boolean reached = true;
        while (reached) {
            String point = "step-" + ++step;
            broker.arm(point);
            CompletableFuture<Client.Timed> asked = Client.asks(scene, Deployment.POSTGRES_TOOL);
            Deployment.await("the step, or the answer", () -> broker.stands(point) || asked.isDone());
            reached = broker.stands(point);
            if (reached) {
                line.down();
                broker.letGo(point);
                Answer answer = asked.join().answer();
                assertThat(answer.text()).as(point).doesNotContain("credentials");
                Client.turnedAway(answer);
                line.up();
                worksAgain();
            }
            broker.disarm(point);
        }
        assertThat(step).as("steps of an exchange").isGreaterThan(6);
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
        deployment.passTime();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void readOnlyForAWhile() {
        Servers.postgres()
                .execute(
                        "postgres",
                        "ALTER DATABASE " + deployment.database() + " SET default_transaction_read_only = on",
                        endSessions(""));
        Deployment.await("a connection that may only read", () -> {
            Client.Timed refused = Client.asks(scene, Deployment.POSTGRES_TOOL).join();
            Client.toldToComeBack(refused.answer());
            return refused.took().compareTo(SOON) < 0;
        });

        Servers.postgres()
                .execute(
                        "postgres",
                        "ALTER DATABASE " + deployment.database() + " RESET default_transaction_read_only",
                        endSessions(""));
        worksAgain();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void poolExhausted() throws SQLException {
        List<CompletableFuture<Client.Timed>> asked = new ArrayList<>();
        try (Connection holder = Servers.postgres().connect(deployment.database())) {
            holder.setAutoCommit(false);
            try (var statement = holder.createStatement()) {
                statement.execute("LOCK TABLE task IN ACCESS EXCLUSIVE MODE");
            }
            for (int i = 0; i < 30; i++) {
                asked.add(Client.asks(scene, Deployment.POSTGRES_TOOL));
            }
            Deployment.await(
                    "those that got no connection",
                    () -> asked.stream().filter(CompletableFuture::isDone).count() >= 20);
        }

        List<Client.Timed> answers = asked.stream().map(CompletableFuture::join).toList();
        assertThat(answers).anyMatch(one -> one.answer().status() == 200);
        for (Client.Timed one : answers) {
            // Policies that cannot be read permit nothing (P5).
            if (one.answer().status() != 200 && !one.answer().text().contains("access_denied")) {
                Client.toldToComeBack(one.answer());
                // Two waits for a connection: for what was asked, and for the record of its refusal.
                assertThat(one.took()).isLessThan(SOON.multipliedBy(2));
            }
        }
        worksAgain();
    }

    @Test
    void listenerDropped() {
        JsonNode grant = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
        Servers.postgres().execute("postgres", endSessions("AND application_name = 'errand-lease-listener'"));

        assertThat(scene.complete(grant).status()).isEqualTo(200);
        Deployment.await(
                "another listener",
                () -> Deployment.rows(
                                        "postgres",
                                        "SELECT pid FROM pg_stat_activity WHERE application_name = 'errand-lease-listener'"
                                                + " AND datname = '" + deployment.database() + "'")
                                .size()
                        == 1);
    }

    private static String endSessions(String which) {
        return "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + deployment.database() + "' "
                + which;
    }

    private static void worksAgain() {
        Deployment.await(
                "an exchange that works again",
                () -> Client.asks(scene, Deployment.POSTGRES_TOOL)
                                .join()
                                .answer()
                                .status()
                        == 200);
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
    }
}
