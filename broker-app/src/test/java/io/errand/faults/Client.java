package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;

/** What agents do here, and what they must be told. */
final class Client {

    /** A refusal, and how long it took. */
    record Timed(Answer answer, Duration took) {}

    private Client() {}

    static JsonNode granted(Scene scene, String tool, String... actions) {
        Answer answer = scene.exchange(Scene.request(Deployment.AGENT, tool, actions));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    static CompletableFuture<Timed> asks(Scene scene, String tool) {
        return CompletableFuture.supplyAsync(() -> {
            long begun = System.nanoTime();
            Answer answer = scene.exchange(Scene.request(Deployment.AGENT, tool, "read"));
            return new Timed(answer, Duration.ofNanos(System.nanoTime() - begun));
        });
    }

    static CompletableFuture<Answer> completes(Scene scene, JsonNode granted) {
        return CompletableFuture.supplyAsync(() -> scene.complete(granted));
    }

    /** Ends a task whose credentials cannot be destroyed yet. */
    static void endsLater(Scene scene, JsonNode grant) {
        Answer ended = scene.anonymous()
                .as(grant.path("access_token").asString())
                .post(
                        "/v1/tasks/" + grant.path("task").path("id").asString() + "/complete",
                        Map.of("outcome", "succeeded"));
        assertThat(ended.status()).isEqualTo(202);
    }

    /** Says that it is unavailable, when to come again, and nothing of the cause. */
    static void toldToComeBack(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).matches("[0-9]+");
        assertThat(answer.text()).doesNotContain("Exception", "\tat ", "SELECT", "127.0.0.1");
    }

    /** The same as an OAuth error. */
    static void turnedAway(Answer answer) {
        toldToComeBack(answer);
        assertThat(answer.json().path("error").asString()).isEqualTo("temporarily_unavailable");
    }

    /** Logs in at the target, past any line that is between the broker and it. */
    static Connection login(JsonNode grant) throws SQLException {
        return login(Servers.postgres(), grant);
    }

    /** The same at that server. */
    static Connection login(Postgres server, JsonNode grant) throws SQLException {
        JsonNode data = grant.path("credentials").path(0).path("data");
        return DriverManager.getConnection(
                server.url(Surroundings.TARGET_DATABASE),
                data.path("username").asString(),
                data.path("password").asString());
    }
}
