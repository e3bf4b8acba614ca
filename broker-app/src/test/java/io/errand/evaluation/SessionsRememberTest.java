package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What has been done before decides what may be done next; each rule is one of {@code examples/policies}. */
@BrokerTest
class SessionsRememberTest {

    private final String agent = Scene.name("agent");
    private final String database = Scene.name("records");
    private final String mail = Scene.name("mail");
    private final Scene scene;

    SessionsRememberTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(
                database, Map.of("sensitivity", "restricted", "kinds", Map.of("read", "read", "write", "export")));
        scene.jwtTool(mail, Map.of("destination", "external", "kinds", Map.of("read", "read", "write", "export")));
        Acting.agent(scene, agent, Acting.tools(database, mail), Map.of());
        scene.permits();
    }

    private Acting acting(String... tools) {
        return Acting.on(scene, agent, Acting.tools(tools));
    }

    /** A rule of the library, for this test's agent alone. */
    private void rule(String file) throws IOException {
        String cedar = Files.readString(Path.of("..", "examples", "policies", file));
        scene.policy(
                Scene.name("rule"),
                cedar.replace("(principal,", "(principal == Errand::Agent::\"" + agent + "\",")
                        .replace("ci.test", database + ".read")
                        .replace("\"deploy\"", "\"" + mail + "\""));
    }

    @Test
    void afterRestrictedDataNothingGoesOutsideAndTheLiveCredentialGoes() throws Exception {
        rule("session-restricted-stays-inside.cedar");
        Acting acting = acting(database, mail);
        acting.permitted(mail, "write");

        JsonNode read = acting.permitted(database, "read");

        assertThat(Acting.texts(read.path("context").path("revoked"))).containsExactly(acting.lease(mail));
        assertThat(Acting.texts(read.path("context").path("labels"))).contains("data:restricted");
        assertThat(acting.wire()
                        .get("/v1/leases/" + acting.lease(mail))
                        .json()
                        .path("state")
                        .asString())
                .isIn("revoking", "revoked");
        assertThat(acting.wire()
                        .get("/v1/leases/" + acting.lease(database))
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("active");
        JsonNode send = acting.denied(mail, "write");
        assertThat(Acting.texts(send.path("context").path("reasons")))
                .containsExactly("After restricted data nothing goes outside in this session.");
        assertThat(acting.permitted(database, "read").path("context").has("revoked"))
                .isFalse();
    }

    @Test
    void aFreshTaskDoesNotWashTheSessionClean() throws Exception {
        rule("session-restricted-stays-inside.cedar");
        Acting reading = acting(database);
        Acting sending = acting(mail);

        JsonNode read = reading.permitted(database, "read");

        assertThat(Acting.texts(read.path("context").path("revoked"))).containsExactly(sending.lease(mail));
        Answer fresh = Acting.asks(scene, agent, Acting.tools(mail), Map.of());
        assertThat(fresh.status()).isEqualTo(400);
        assertThat(fresh.json().path("error").asString()).isEqualTo("access_denied");
    }

    @Test
    void deployOnlyAfterTestsSucceeded() throws Exception {
        rule("session-deploy-after-tests.cedar");
        Acting acting = acting(database);

        assertThat(Acting.asks(scene, agent, Acting.tools(mail), Map.of()).status())
                .isEqualTo(400);
        JsonNode test = acting.permitted(database, "read");
        assertThat(Acting.asks(scene, agent, Acting.tools(mail), Map.of()).status())
                .isEqualTo(400);
        acting.tell(test, "succeeded");
        acting(mail).permitted(mail, "write");
    }

    @Test
    void readAndSendNeverInOneTask() throws Exception {
        rule("session-read-or-send.cedar");
        Acting one = acting(database, mail);
        one.permitted(database, "read");

        one.denied(mail, "write");

        Acting other = acting(mail);
        other.permitted(mail, "write");
    }

    @Test
    void aToolWhoseUseNobodyReportsMarksAtIssue() throws Exception {
        rule("session-restricted-stays-inside.cedar");
        scene.jwtTool(database, Map.of("sensitivity", "restricted", "marks_on", "issue"));
        Acting sending = acting(mail);

        acting(database);

        assertThat(sending.wire()
                        .get("/v1/leases/" + sending.lease(mail))
                        .json()
                        .path("state")
                        .asString())
                .isIn("revoking", "revoked");
        Answer both = Acting.asks(scene, agent, Acting.tools(database, mail), Map.of());
        assertThat(both.status()).as(both.text()).isEqualTo(400);
    }

    @Test
    void sixtyFourAtOnceNeverExceedALimit() throws Exception {
        rule("session-twenty-exports-a-day.cedar");
        List<Acting> tasks = List.of(acting(database, mail), acting(database, mail));
        List<Callable<JsonNode>> asked = IntStream.range(0, 64)
                .<Callable<JsonNode>>mapToObj(i -> () -> tasks.get(i % 2).may(database, "write"))
                .toList();

        long permitted = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<JsonNode> answer : threads.invokeAll(asked)) {
                permitted += answer.get().path("decision").asBoolean() ? 1 : 0;
            }
        }

        assertThat(permitted).isEqualTo(20);
        acting(database).denied(database, "write");
        acting(database).permitted(database, "read");
    }
}
