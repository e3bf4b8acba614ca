package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What gets tried with revocation and administration while a real lease is live: it stays, or it goes for good. */
@BrokerTest
class HostileAdministrationTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;

    HostileAdministrationTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void aContentTypeOfPartsIsNotLookedInto() {
        for (String type : List.of("multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed")) {
            assertThat(scene.admin()
                            .with("Content-Type", type)
                            .get("/admin/v1/tools")
                            .status())
                    .as(type)
                    .isEqualTo(200);
        }
    }

    @Test
    void somebodyElsesLeaseIsNotThere() {
        JsonNode granted = granted();
        JsonNode other = granted();
        String lease = "/v1/leases/" + lease(granted);

        for (Answer answer : List.of(
                holder(other).delete(lease),
                holder(other).get(lease),
                holder(other).delete("/v1/leases/no-such-lease"),
                holder(other).post("/v1/tasks/" + task(granted) + "/cancel", ""),
                holder(other).post("/v1/tasks/" + task(granted) + "/complete", Map.of("outcome", "succeeded")))) {
            assertProblem(answer, 404);
        }
        assertThat(holder(granted).get(lease).json().path("state").asString()).isEqualTo("active");
        scene.complete(granted);
        scene.complete(other);
    }

    @TestFactory
    Stream<DynamicTest> whatIsNoAdministratorsToken() {
        JsonNode granted = granted();
        Map<String, String> tokens = Map.of(
                "a task token", granted.path("access_token").asString(),
                "a workload's token", Surroundings.WORKLOADS.token(agent),
                "a person's token", Surroundings.PEOPLE.token("ann"),
                "an administrator's that has expired",
                        Surroundings.PEOPLE.token(
                                "root",
                                claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                        .claim("roles", List.of("errand.admin"))
                                        .expirationTime(Date.from(
                                                java.time.Instant.now().minusSeconds(90)))));
        return tokens.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Wire stranger = scene.anonymous().as(entry.getValue());
                    for (Answer answer : List.of(
                            stranger.get("/admin/v1/agents/" + agent),
                            stranger.get("/admin/v1/leases"),
                            stranger.get("/admin/v1/audit"),
                            stranger.delete("/admin/v1/tools/" + tool + "?revoke=true"))) {
                        assertProblem(answer, 401);
                        assertThat(answer.text()).doesNotContain("eyJ", agent);
                    }
                }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"agents", "tools"})
    void whatHasLiveLeasesStaysUntilTheyAreRevoked(String registry) {
        JsonNode granted = granted();
        String path = "/admin/v1/" + registry + "/" + (registry.equals("agents") ? agent : tool);

        Answer stale = scene.admin().with("If-Match", "\"99\"").delete(path + "?revoke=true");
        Answer held = scene.admin().delete(path);
        String state = holder(granted)
                .get("/v1/leases/" + lease(granted))
                .json()
                .path("state")
                .asString();
        Answer deleted = scene.admin().delete(path + "?revoke=true");
        Answer completed = scene.complete(granted);

        assertProblem(stale, 412);
        assertProblem(held, 409);
        assertThat(state).isEqualTo("active");
        assertThat(deleted.status()).as(deleted.text()).isEqualTo(204);
        assertThat(completed.status()).as(completed.text()).isEqualTo(200);
        JsonNode lease = completed.json().path("leases").path(0);
        assertThat(lease.path("state").asString()).isEqualTo("revoked");
        assertThat(scene.verified(lease.path("receipt").asString())
                        .path("evidence")
                        .path("kind")
                        .asString())
                .isEqualTo("absent");
    }

    @ParameterizedTest
    @ValueSource(strings = {"agents", "tools", "issuers", "policies", "leases", "audit"})
    void aForgedCursorIsRefused(String list) {
        for (String cursor : List.of("forged", "%00", "..%2F..", "x%27%20OR%20%271%27=%271", "%F0%9F%A6%80")) {
            Answer answer = scene.admin().get("/admin/v1/" + list + "?cursor=" + cursor);

            assertProblem(answer, 400);
            assertThat(answer.text()).doesNotContain("OR '1'", "forged", "SQL");
        }
        assertThat(scene.admin().get("/admin/v1/" + list).status()).isEqualTo(200);
    }

    private static void assertProblem(Answer answer, int status) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.text()).doesNotContain("Exception", "io.errand", "java.");
    }

    private JsonNode granted() {
        Answer answer = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private Wire holder(JsonNode granted) {
        return scene.anonymous().as(granted.path("access_token").asString());
    }

    private static String task(JsonNode granted) {
        return granted.path("task").path("id").asString();
    }

    private static String lease(JsonNode granted) {
        return granted.path("credentials").path(0).path("lease_id").asString();
    }
}
