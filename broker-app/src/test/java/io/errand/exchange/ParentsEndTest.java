package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** However a task ends, everything that was handed on from it ends in the same transaction, looked up at the target. */
@BrokerTest
class ParentsEndTest {

    private final Scene scene;
    private final Family family;
    private final Operators operators;
    private final JdbcClient jdbc;

    ParentsEndTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.family = Family.at(scene);
        this.operators = new Operators(scene);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        family.register();
    }

    @Test
    void whoWaitsForATaskWaitsForAllBelowIt() {
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());
        JsonNode grandchild = family.childOf(child, family.grandchild());

        Answer ended = scene.complete(parent);

        assertThat(ended.status()).as(ended.text()).isEqualTo(200);
        assertThat(ended.json().at("/children/0/state").asString()).isEqualTo("cancelled");
        assertThat(ended.json().at("/children/0/children/0/state").asString()).isEqualTo("cancelled");
        assertThat(ended.json().at("/children/0/children/0/leases/0/receipt").asString())
                .isNotEmpty();
        for (JsonNode one : List.of(parent, child, grandchild)) {
            assertThat(Operators.isInCatalogue(Family.lease(one))).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "token revoked", "agent revoked", "task revoked", "agent suspended"})
    void everyEndOfAParentIsTheEndOfItsChildren(String how) {
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());
        JsonNode grandchild = family.childOf(child, family.grandchild());
        JsonNode bystander = Family.granted(scene.exchange(Scene.request(family.child(), family.tool(), "read")));

        end(how, parent);

        for (JsonNode one : List.of(child, grandchild)) {
            assertThat(family.state(one)).isEqualTo("cancelled");
            assertThat(leaseState(one)).isIn("revoking", "revoked");
            assertThat(operators.isTaskActive(one)).isFalse();
            assertThat(endedWith(one)).isNotEmpty();
        }
        assertThat(family.state(bystander)).isEqualTo("active");
        scene.complete(bystander);
        goneAtTheTarget(grandchild);
    }

    @Test
    void theManifestOfARevocationHasTheChildrensLeasesToo() {
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());

        JsonNode manifest = operators.drained(operators.revoke(Map.of("agent", family.parent()), false));

        assertThat(manifest.path("leases").values())
                .extracting(lease -> lease.path("id").asString())
                .containsExactlyInAnyOrder(Family.lease(parent), Family.lease(child));
        assertThatThrownBy(() -> Scene.login(child.path("credentials").path(0)).close())
                .isInstanceOf(SQLException.class);
    }

    @Test
    void theEndOfAChildIsNobodyElses() {
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());

        scene.complete(child);

        assertThat(family.state(parent)).isEqualTo("active");
        assertThat(leaseState(parent)).isEqualTo("active");
        scene.complete(parent);
    }

    @Test
    void aChildIsRefusedEverythingOnceItsParentHasEnded() {
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());
        scene.complete(parent);

        Answer more = scene.exchange(family.more(family.child(), child, "read"));
        Answer renewal = scene.anonymous()
                .as(Family.token(child))
                .post("/v1/leases/" + Family.lease(child) + "/renew", Map.of());
        Answer further = family.delegate(child, family.asks(family.grandchild(), "read"));

        assertThat(more.json().path("error").asString()).isEqualTo("invalid_request");
        assertThat(renewal.status()).isIn(403, 409);
        assertThat(further.status()).isEqualTo(409);
    }

    @Test
    void anEndThatRacesWithItsChildrenLeavesNoneBehind() throws Exception {
        JsonNode parent = family.task();
        List<Map<String, String>> requests = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            requests.add(family.takes(family.child(), family.handed(parent, family.child(), "read"), "read"));
        }
        CountDownLatch some = new CountDownLatch(3);
        List<Answer> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> calls = requests.stream()
                    .map(form -> threads.submit(() -> {
                        Answer answer = BusyService.ask(() -> scene.exchange(form));
                        some.countDown();
                        return answer;
                    }))
                    .toList();
            some.await();
            scene.complete(parent);
            for (Future<Answer> call : calls) {
                answers.add(call.get());
            }
        }

        assertThat(answers).extracting(Answer::status).contains(200).containsOnly(200, 400);
        assertThat(jdbc.sql("SELECT count(*) FROM task WHERE root_id = :root::uuid AND state = 'active'")
                        .param("root", Family.id(parent))
                        .query(Long.class)
                        .single())
                .isZero();
        assertThat(jdbc.sql("""
                                SELECT count(*) FROM lease JOIN task ON task.id = task_id
                                 WHERE root_id = :root::uuid AND lease.state IN ('pending', 'active')
                                """)
                        .param("root", Family.id(parent))
                        .query(Long.class)
                        .single())
                .isZero();
    }

    private void end(String how, JsonNode parent) {
        Answer answer = switch (how) {
            case "cancel" ->
                scene.anonymous().as(Family.token(parent)).post("/v1/tasks/" + Family.id(parent) + "/cancel", "");
            case "token revoked" ->
                scene.anonymous()
                        .as(Surroundings.WORKLOADS.token(family.parent()))
                        .form("/oauth2/revoke", Map.of("token", Family.token(parent)));
            case "agent revoked" -> operators.revoke(Map.of("agent", family.parent()), false);
            case "task revoked" -> operators.revoke(Map.of("task", Family.id(parent)), false);
            default -> {
                scene.agent(family.parent(), family.tool(), Map.of("state", "suspended"));
                yield family.view(parent);
            }
        };
        assertThat(answer.status()).as(answer.text()).isIn(200, 202);
    }

    private String leaseState(JsonNode granted) {
        return scene.anonymous()
                .as(Family.token(granted))
                .get("/v1/leases/" + Family.lease(granted))
                .json()
                .path("state")
                .asString();
    }

    private String endedWith(JsonNode granted) {
        return scene.events("task=" + Family.id(granted)).stream()
                .filter(event -> event.path("kind").asString().equals("task.cancelled"))
                .map(event -> event.at("/details/ended_with").asString())
                .findFirst()
                .orElse("");
    }

    private void goneAtTheTarget(JsonNode granted) {
        org.awaitility.Awaitility.await("the login to be gone")
                .atMost(java.time.Duration.ofSeconds(15))
                .until(() -> !Operators.isInCatalogue(Family.lease(granted)));
    }
}
