package io.errand.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.cli.ApplyCommand;
import io.errand.cli.Connection;
import io.errand.cli.DevelopmentKey;
import io.errand.cli.DevelopmentTokens;
import io.errand.cli.ServeFile;
import io.errand.quickstart.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import tools.jackson.databind.JsonNode;

/** P8: {@code errand serve} is killed while leases are live. The next start ends what is overdue at once, and the rest on time. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("what waits")
class KilledBrokerTest {

    private static final Duration GRACE = Duration.ofSeconds(5);

    /** Long enough to start a broker in between, however slow the machine is. */
    private static final Duration LATER = Duration.ofMinutes(10);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    private final int port = freePort();
    private final Wire wire = new Wire("http://127.0.0.1:" + port);

    @Nullable
    private Process broker;

    @AfterEach
    void stop() throws Exception {
        if (broker != null) {
            broker.destroy();
            broker.waitFor(20, TimeUnit.SECONDS);
            broker.destroyForcibly();
        }
        Path postmaster = data.resolve("postgres/postmaster.pid");
        if (Files.exists(postmaster)) { // the broker was killed and not started again
            ProcessHandle.of(Long.parseLong(Files.readAllLines(postmaster).getFirst()))
                    .ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void whatIsOverdueEndsAtOnceAndTheRestOnTime() throws Exception {
        serve();
        assertThat(ApplyCommand.apply(
                        List.of(Path.of("..", "examples", "quickstart")), () -> Connection.toLocal(data), line -> {}))
                .isEmpty();
        Grant overdue = granted(Duration.ofSeconds(3));
        Grant later = granted(LATER);
        kill();
        await("the end of the first task, with no broker about")
                .atMost(GRACE)
                .until(() -> Instant.now().isAfter(overdue.expiresAt()));
        assertThat(exists(overdue)).isTrue();

        serve();

        await("the overdue login to be gone").atMost(GRACE).until(() -> !exists(overdue));
        later.login().close();
        Instant end = bringForward(later);
        assertThat(exists(later)).isTrue();
        await("the other login to be gone").atMost(Duration.ofMinutes(1)).until(() -> !exists(later));
        assertThat(Instant.now()).isBetween(end, end.plus(GRACE));
        for (Grant grant : List.of(overdue, later)) {
            assertHasReceipt(grant);
        }
    }

    private void serve() throws IOException {
        broker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "serve",
                        "--data",
                        data.toString(),
                        "--port",
                        Integer.toString(port))
                .redirectErrorStream(true)
                .start();
        BufferedReader said = broker.inputReader();
        String line = said.readLine();
        while (line != null && !line.startsWith("Errand is ready at ")) {
            line = said.readLine();
        }
        assertThat(line).as("errand serve").isNotNull();
    }

    /** {@code destroyForcibly} is SIGKILL: no shutdown hook runs, and its PostgreSQL runs on. */
    private void kill() throws InterruptedException {
        Objects.requireNonNull(broker).destroyForcibly().waitFor();
    }

    private Grant granted(Duration ttl) throws Exception {
        DevelopmentTokens tokens = new DevelopmentTokens(
                DevelopmentKey.load(data).orElseThrow(), ServeFile.read(data).devIssuerUrl(), Clock.systemUTC());
        String token = tokens.token(
                tokens.workloads(), Stage.AGENT, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(1), Map.of());
        Wire.Answer answer = wire.send(wire.exchange(
                token,
                Map.of("type", "triage", "purpose", "test", "ttl", ttl.toString()),
                List.of(AuthorizationDetail.of("orders-db", List.of("read")))));
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return Grant.of(answer);
    }

    private void assertHasReceipt(Grant grant) {
        JsonNode[] lease = new JsonNode[1];
        await("the lease to be closed").atMost(GRACE).until(() -> {
            lease[0] = Connection.toLocal(data)
                    .get("/admin/v1/leases?task=" + grant.taskId())
                    .body()
                    .path("items")
                    .path(0);
            return lease[0].path("state").asString("").equals("revoked");
        });
        await("a receipt that verifies")
                .until(() -> Receipts.verify(lease[0].path("receipt").asString(""), wire.keys())
                        .filter(text -> text.contains(grant.leaseId()))
                        .isPresent());
    }

    /** In the catalogue: a login that has only expired is still there. */
    private boolean exists(Grant grant) throws Exception {
        try (var connection = connect("orders");
                var query = connection.prepareStatement("SELECT FROM pg_roles WHERE rolname = ?")) {
            query.setString(1, grant.username());
            return query.executeQuery().next();
        }
    }

    /** The minutes that are left pass in the database, whose time counts; its end is a few seconds from now. */
    private Instant bringForward(Grant grant) throws Exception {
        try (var connection = connect("errand");
                var update = connection.prepareStatement("""
                        UPDATE lease SET expires_at = now() + interval '4 seconds', due_at = now() + interval '4 seconds'
                         WHERE id = ?::uuid RETURNING expires_at
                        """)) {
            update.setString(1, grant.leaseId());
            var row = update.executeQuery();
            assertThat(row.next()).isTrue();
            return row.getTimestamp(1).toInstant();
        }
    }

    private java.sql.Connection connect(String database) throws Exception {
        JsonNode kept = Json.mapper().readTree(Files.readAllBytes(data.resolve("postgres.json")));
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + kept.path("port").asInt() + "/" + database,
                "postgres",
                kept.path("superuser").asString());
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
