package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two brokers on one database decide on one session, and one of them is killed. */
@BesideOthers
class DecisionsAcrossReplicasTest {

    private static final Map<String, Object> READ =
            Map.of("action", Map.of("name", "read"), "resource", Map.of("type", "tool", "id", Deployment.JWT_TOOL));

    private static Deployment deployment;
    private static BrokerProcess one;
    private static BrokerProcess other;
    private static Scene scene;

    @BeforeAll
    static void start() {
        deployment = new Deployment();
        one = deployment.start();
        scene = Deployment.furnish(one);
        other = deployment.start();
    }

    @AfterAll
    static void stop() {
        if (one != null) {
            one.close();
        }
        if (other != null) {
            other.close();
        }
    }

    @Test
    void aLimitHoldsThoughBothAreAskedAndADeadBrokerLeavesAnExplicitUnknown() throws Exception {
        scene.policy("twenty", """
                forbid (principal, action == Errand::Action::"use", resource)
                when { context.session.counters.hasTag("reports.read") &&
                       context.session.counters.getTag("reports.read") >= 20 };
                """);
        JsonNode grant = Client.granted(scene, Deployment.JWT_TOOL, "read");
        List<Wire> replicas = List.of(
                one.wire().as(grant.path("access_token").asString()),
                other.wire().as(grant.path("access_token").asString()));
        List<Callable<Answer>> asked = IntStream.range(0, 64)
                .<Callable<Answer>>mapToObj(i -> () -> replicas.get(i % 2).post("/access/v1/evaluation", READ))
                .toList();

        long permitted = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Answer> answer : threads.invokeAll(asked)) {
                assertThat(answer.get().status()).as(answer.get().text()).isEqualTo(200);
                permitted += answer.get().json().path("decision").asBoolean() ? 1 : 0;
            }
        }
        assertThat(permitted).isEqualTo(20);

        one.kill();
        other.kill();
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
        assertThat(deployment.count("SELECT count(*) FROM decision WHERE effect = 'permit' AND outcome IS NULL"))
                .isEqualTo(20);
        other = deployment.start();

        Deployment.await(
                "an explicit unknown for each permit",
                () -> deployment.count("SELECT count(*) FROM decision WHERE outcome = 'unknown'") == 20);
        assertThat(deployment.count("""
                        SELECT count(*) FROM audit_event WHERE kind = 'evaluation.closed' AND outcome = 'unknown'
                           AND decision_id IN (SELECT id FROM decision WHERE effect = 'permit')
                        """)).isEqualTo(20);
        assertThat(deployment.count("SELECT count(*) FROM audit_event WHERE kind = 'evaluation.denied'"))
                .isEqualTo(44);
    }
}
