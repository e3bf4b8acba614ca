package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** P1 and P2 from outside: the login works while the task does, and is seen gone after it. */
@BrokerTest
class CredentialLivesAsLongAsItsTaskTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;

    CredentialLivesAsLongAsItsTaskTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void theLoginReadsAndPostgresItselfRefusesTheWrite() throws SQLException {
        JsonNode granted = granted(Scene.request(agent, tool, "read"));

        try (Connection connection = Scene.login(granted.path("credentials").path(0));
                var statement = connection.createStatement()) {
            assertThat(statement.executeQuery("SELECT count(*) FROM orders").next())
                    .isTrue();
            assertThatThrownBy(() -> statement.execute("DELETE FROM orders")).hasMessageContaining("permission denied");
        }

        JsonNode credential = granted.path("credentials").path(0);
        assertThat(credential.path("data").propertyNames())
                .containsExactly("host", "port", "database", "username", "password", "jdbc_url", "valid_until");
        assertThat(credential.path("data").path("port").isInt()).isTrue();
        assertThat(credential.path("data").path("username").asString())
                .isEqualTo("errand_" + credential.path("lease_id").asString());
        assertThat(granted.path("issued_token_type").asString()).isEqualTo(Scene.ACCESS_TOKEN);
        assertThat(granted.path("scope").asString()).isEqualTo(tool + ":read");
        scene.complete(granted);
    }

    @Test
    void completionCutsTheOpenSessionRefusesTheLoginAndSignsAReceipt() throws SQLException {
        JsonNode granted = granted(Scene.request(agent, tool, "write"));
        JsonNode credential = granted.path("credentials").path(0);

        try (Connection open = Scene.login(credential);
                var statement = open.createStatement()) {
            statement.execute("CREATE TABLE kept_by_the_task (id int)");
            Answer completed = scene.complete(granted);

            assertThat(completed.status()).isEqualTo(200);
            assertThat(completed.json().path("state").asString()).isEqualTo("completed");
            assertThatThrownBy(() -> statement.execute("SELECT 1")).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> Scene.login(credential)).isInstanceOf(SQLException.class);
            JsonNode lease = completed.json().path("leases").path(0);
            assertThat(lease.path("state").asString()).isEqualTo("revoked");
            JsonNode receipt = scene.verified(lease.path("receipt").asString());
            assertThat(receipt.path("lease").asString())
                    .isEqualTo(credential.path("lease_id").asString());
            assertThat(receipt.path("evidence").path("kind").asString()).isEqualTo("absent");
        }
        assertThat(roles(credential)).isZero();
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "DROP TABLE IF EXISTS kept_by_the_task");
    }

    @Test
    void anExpiredTaskIsCleanedWithNobodyAsking() {
        Map<String, String> request = Scene.request(agent, tool, "read");
        request.put("task", "{\"type\":\"triage\",\"ttl\":\"PT2S\"}");
        JsonNode granted = granted(request);
        JsonNode credential = granted.path("credentials").path(0);

        await("the role of an expired task to be gone")
                .atMost(Duration.ofSeconds(15))
                .until(() -> roles(credential) == 0);

        String task = granted.path("task").path("id").asString();
        await("the log to tell the end")
                .atMost(Duration.ofSeconds(5))
                .until(() -> kinds(task).containsAll(List.of("exchange.granted", "task.expired", "lease.revoked")));
    }

    @Test
    void aTaskWithoutToolsIsATaskWithoutCredentials() {
        Map<String, String> request = new HashMap<>(Scene.request(agent, tool, "read"));
        request.remove("authorization_details");

        JsonNode granted = granted(request);

        assertThat(granted.path("credentials").size()).isZero();
        assertThat(scene.complete(granted).status()).isEqualTo(200);
    }

    @Test
    void moreForTheSameTaskStaysWithinWhatItsFirstGrantAskedFor() {
        JsonNode granted = granted(Scene.request(agent, tool, "read"));
        Map<String, String> more = Scene.request(agent, tool, "read");
        more.remove("task");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", granted.path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);

        JsonNode second = granted(more);
        Map<String, String> wider = new HashMap<>(more);
        wider.put("authorization_details", Scene.request(agent, tool, "write").get("authorization_details"));
        Answer refused = scene.exchange(wider);

        assertThat(second.path("task").path("id"))
                .isEqualTo(granted.path("task").path("id"));
        assertThat(refused.json().path("error").asString()).isEqualTo("invalid_authorization_details");
        assertThat(scene.complete(granted).json().path("leases").size()).isEqualTo(2);
    }

    @Test
    void aLeaseIsReturnedByItsHolderAndByNobodyElse() {
        JsonNode granted = granted(Scene.request(agent, tool, "read"));
        JsonNode other = granted(Scene.request(agent, tool, "read"));
        String lease = granted.path("credentials").path(0).path("lease_id").asString();

        Answer foreign = bearer(other, "/v1/leases/" + lease);
        Answer own =
                scene.anonymous().as(granted.path("access_token").asString()).delete("/v1/leases/" + lease);

        assertThat(foreign.status()).isEqualTo(404);
        assertThat(own.status()).isEqualTo(202);
        await("the returned lease to be seen gone")
                .atMost(Duration.ofSeconds(10))
                .until(() -> bearer(granted, "/v1/leases/" + lease)
                        .json()
                        .path("state")
                        .asString()
                        .equals("revoked"));
        scene.complete(granted);
        scene.complete(other);
    }

    private Answer bearer(JsonNode granted, String path) {
        return scene.anonymous().as(granted.path("access_token").asString()).get(path);
    }

    private JsonNode granted(Map<String, String> request) {
        Answer answer = scene.exchange(request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        return answer.json();
    }

    private List<String> kinds(String task) {
        return scene.events("task=" + task).stream()
                .map(event -> event.path("kind").asString())
                .toList();
    }

    private static int roles(JsonNode credential) {
        try (Connection connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var query = connection.prepareStatement("SELECT count(*) FROM pg_roles WHERE rolname = ?")) {
            query.setString(1, credential.path("data").path("username").asString());
            var rows = query.executeQuery();
            rows.next();
            return rows.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
