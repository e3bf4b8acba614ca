package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The crash matrix of DESIGN.md §5, row by row: the process is killed (SIGKILL) while its threads stand at that point, one with a
 * lease of Vault and one with a lease of PostgreSQL, and another process is started on what it left. The dead process's timeouts
 * are passed over by setting the rows' times back in the test's database.
 */
@BesideOthers
class CrashMatrixTest {

    private static final List<String> TOOLS = List.of(Deployment.VAULT_TOOL, Deployment.POSTGRES_TOOL);

    private static Deployment deployment;
    private static Toxiproxy.Line toVault;
    private static Toxiproxy.Line toTarget;
    private static BrokerProcess broker;
    private static Scene scene;

    @BeforeAll
    static void start() {
        deployment = new Deployment();
        toVault = Toxiproxy.shared().to(deployment.engine().address());
        toTarget = Toxiproxy.shared().to(Servers.postgresAddress());
        deployment.with("errand.vault.address", "http://" + toVault.address()).targetAt(toTarget.address());
        broker = deployment.start();
        scene = Deployment.furnish(broker);
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @Test
    void pendingCommitted() {
        arm("vault-issue", "postgres-issue");
        exchanges("");
        reached("vault-issue", "postgres-issue");

        broker.kill();
        assertThat(live()).containsExactly("pending", "pending");
        assertThat(deployment.rolesAtTarget()).isEmpty();

        restart();
        deployment.passTime();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void tokenMadeAndItsAccessorNotCommitted() {
        arm("vault-record-1");
        besides(() -> exchange(Deployment.VAULT_TOOL, ""));
        reached("vault-record-1");

        broker.kill();
        assertThat(deployment.rows("SELECT reference FROM lease WHERE state = 'pending'"))
                .containsExactly(List.of("null"));
        assertThat(deployment.engine().tokens()).containsAnyElementsOf(deployment.leases());

        restart();
        deployment.passTime();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void credentialMadeAndTheReplyLost() {
        try (HeldCatalogue catalogue = new HeldCatalogue()) {
            exchanges("");
            catalogue.awaitHeld(2, "CREATE ROLE");
            toVault.holdReplies();
            toTarget.holdReplies();
        }
        Deployment.await(
                "both logins",
                () -> deployment.rolesAtTarget().size() == 2
                        && deployment.engine().leases() == 1);

        broker.kill();
        toVault.mend();
        toTarget.mend();
        assertThat(live()).containsExactly("pending", "pending");

        restart();
        deployment.passTime();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void credentialMadeAndActiveNotCommitted() {
        arm("before-active", "before-active-again");
        exchanges("");
        reached("before-active", "before-active-again");

        broker.kill();
        assertThat(live()).containsExactly("pending", "pending");
        assertThat(deployment.rolesAtTarget()).hasSize(2);

        restart();
        deployment.passTime();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void activeCommittedAndTheResponseLost() {
        arm("after-active", "after-active-again");
        exchanges("first-try");
        reached("after-active", "after-active-again");

        broker.kill();
        assertThat(live()).containsExactly("active", "active");
        List<String> first = deployment.rolesAtTarget();
        assertThat(first).hasSize(2);

        restart();
        TOOLS.forEach(tool -> assertThat(exchange(tool, "first-try").status())
                .as("the first try might still be under way")
                .isEqualTo(409));
        deployment.execute("UPDATE idempotency SET created_at = created_at - interval '61 seconds'");
        List<Answer> again =
                TOOLS.stream().map(tool -> exchange(tool, "first-try")).toList();
        assertThat(again).allMatch(answer -> answer.status() == 200);
        Deployment.await(
                "the end of the first credentials",
                () -> deployment.rolesAtTarget().stream().noneMatch(first::contains));
        assertThat(deployment.rolesAtTarget()).hasSize(2);

        again.forEach(
                answer -> assertThat(scene.complete(answer.json()).status()).isEqualTo(200));
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void revokingCommitted() throws SQLException {
        deployment.with("errand.lease.worker.enabled", "false");
        broker.kill();
        restart();
        List<JsonNode> granted =
                TOOLS.stream().map(tool -> exchange(tool, "").json()).toList();
        arm("after-revoking", "after-revoking-again");
        granted.forEach(grant -> besides(() -> scene.complete(grant)));
        reached("after-revoking", "after-revoking-again");

        broker.kill();
        assertThat(live()).containsExactly("revoking", "revoking");
        for (JsonNode grant : granted) {
            login(grant).close();
        }

        deployment.with("errand.lease.worker.enabled", "true");
        restart();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void destroyedAndRevokedNotCommitted() {
        List<JsonNode> granted =
                TOOLS.stream().map(tool -> exchange(tool, "").json()).toList();
        arm("before-revoked", "before-revoked-again");
        granted.forEach(grant -> besides(() -> scene.complete(grant)));
        reached("before-revoked", "before-revoked-again");

        broker.kill();
        assertThat(live()).containsExactly("revoking", "revoking");
        assertThat(deployment.rolesAtTarget()).isEmpty();

        restart();
        deployment.passTime();
        Remains.nothingIsLeft(deployment, scene);
    }

    private static java.sql.Connection login(JsonNode grant) throws SQLException {
        JsonNode data = grant.path("credentials").path(0).path("data");
        return java.sql.DriverManager.getConnection(
                Servers.postgres().url(Surroundings.TARGET_DATABASE),
                data.path("username").asString(),
                data.path("password").asString());
    }

    /** On a thread of its own, which hears nothing when the broker dies. */
    private static void besides(Runnable call) {
        Thread.ofVirtual().start(() -> {
            try {
                call.run();
            } catch (UncheckedIOException killed) {
                assertThat(killed).hasCauseInstanceOf(IOException.class);
            }
        });
    }

    private static void arm(String... points) {
        Stream.of(points).forEach(broker::arm);
    }

    private static void reached(String... points) {
        Stream.of(points).forEach(broker::awaitReached);
    }

    private static void restart() {
        broker = deployment.start();
        scene = Deployment.furnish(broker);
    }

    /** States of the leases that are not over. */
    private static List<String> live() {
        return deployment.rows("SELECT state FROM lease WHERE state <> 'revoked'").stream()
                .map(List::getFirst)
                .toList();
    }

    /** One for each backend, at the same time. */
    private static void exchanges(String key) {
        TOOLS.forEach(tool -> besides(() -> exchange(tool, key)));
    }

    private static Answer exchange(String tool, String key) {
        Map<String, String> form = Scene.request(Deployment.AGENT, tool, "read");
        var wire = key.isEmpty() ? scene.anonymous() : scene.anonymous().with("Idempotency-Key", key + " for " + tool);
        return wire.form("/oauth2/token", form);
    }
}
