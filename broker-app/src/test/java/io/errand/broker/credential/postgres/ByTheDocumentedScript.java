package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BrokerTest;
import io.errand.testing.OwnServer;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** A whole service whose target was set up by {@code docs/targets.md}: an exchange to its receipt, and a failover. */
@BrokerTest
@TestPropertySource(properties = {"errand.reconcile.enabled=true", "errand.reconcile.targets-interval=PT3S"})
abstract class ByTheDocumentedScript {

    private final Scene scene;
    private final String agent = Scene.name("documented");
    private final String tool = Scene.name("documented-db");

    ByTheDocumentedScript(int port) {
        scene = new Scene(port);
    }

    abstract DocumentedTarget target();

    abstract OwnServer standby();

    static Map<String, String> settings(DocumentedTarget target, OwnServer standby) {
        target.requirePasswords();
        try {
            Path password = Files.createTempFile("orders", ".password");
            password.toFile().deleteOnExit();
            Files.writeString(password, "choose-another\n");
            return PageBlock.of("docs/targets.md", "settings")
                    .with("    orders:", "    documented:")
                    .with(
                            "jdbc:postgresql://db.example:5432/orders?sslmode=verify-full&sslrootcert=/etc/errand/db-ca.pem",
                            target.server.urlWith(standby, DocumentedTarget.DATABASE))
                    .with("/run/secrets/orders-password", password.toString())
                    .settings();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void oneExchangeEndsInAReceiptAndWhatAFailoverBringsBackIsRemoved() throws Exception {
        scene.postgresTool(
                tool,
                Map.of(
                        "config",
                        Map.of(
                                "target",
                                "documented",
                                "roles",
                                Map.of("read", List.of("orders_reader"), "write", List.of("orders_writer")))));
        scene.agent(agent, tool, Map.of());
        scene.permits();
        theCheckFindsNothingMissing();

        JsonNode first = granted();
        try (Connection open = Scene.login(credential(first))) {
            assertThat(open.createStatement()
                            .executeQuery("SELECT * FROM orders")
                            .next())
                    .isTrue();
            endsWithAReceipt(first);
            assertThatThrownBy(() -> open.createStatement().execute("SELECT 1")).isInstanceOf(SQLException.class);
        }

        JsonNode second = granted();
        String login = credential(second).path("data").path("username").asString();
        Awaitility.await("the login at the standby").until(() -> isAtStandby(login));
        standby().cutOff();
        endsWithAReceipt(second);
        target().server.stop();
        standby().promote();

        Awaitility.await("the login that came back to be removed")
                .atMost(Duration.ofMinutes(1))
                .until(() -> !isAtStandby(login));
        Awaitility.await("its finding")
                .untilAsserted(() -> assertThat(scene.admin()
                                .get("/admin/v1/findings?kind=still_there")
                                .json()
                                .path("items")
                                .valueStream()
                                .map(found -> found.path("reference").asString() + " "
                                        + found.path("action").asString()))
                        .contains(login + " destroyed"));
    }

    private void theCheckFindsNothingMissing() {
        String check = "/admin/v1/backends/postgres/targets/documented/check?role=orders_reader&role=orders_writer";
        Answer answer = scene.as("errand.auditor").get(check);
        assertThat(answer.status()).isEqualTo(200);
        // The standby is not named here: a failover is what is tried.
        assertThat(answer.json()
                        .path("findings")
                        .valueStream()
                        .map(finding -> finding.path("severity").asString() + " "
                                + finding.path("subject").asString()))
                .containsExactly("warning standbys");
        assertThat(scene.as("errand.approver").get(check).status()).isEqualTo(403);
        assertThat(scene.anonymous().get(check).status()).isEqualTo(401);
        assertThat(scene.admin()
                        .get("/admin/v1/backends/postgres/targets/nowhere/check")
                        .status())
                .isEqualTo(404);
        assertThat(scene.admin()
                        .get("/admin/v1/backends/postgres/targets/documented/check?role=" + "r".repeat(64))
                        .status())
                .isEqualTo(400);
    }

    private JsonNode granted() {
        Answer answer = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode credential(JsonNode granted) {
        return granted.path("credentials").path(0);
    }

    private void endsWithAReceipt(JsonNode granted) {
        JsonNode lease = scene.complete(granted).json().path("leases").path(0);
        assertThat(lease.path("state").asString()).isEqualTo("revoked");
        assertThat(scene.verified(lease.path("receipt").asString())
                        .path("evidence")
                        .path("kind")
                        .asString())
                .isEqualTo("absent");
    }

    private boolean isAtStandby(String login) throws SQLException {
        return !DocumentedTarget.text(standby(), "SELECT rolname FROM pg_roles WHERE rolname = '" + login + "'")
                .isEmpty();
    }
}
