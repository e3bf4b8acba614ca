package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two brokers on one database, fifty pollers and an operator, who all want the one approval of more of the same task. */
@BesideOthers
class OneApprovalOneGrantTest {

    private static final int ROUNDS = 100;
    private static final int POLLERS = 50;

    private static Deployment deployment;
    private static BrokerProcess one;
    private static BrokerProcess other;
    private static Scene scene;

    @BeforeAll
    static void start() {
        deployment = new Deployment();
        one = deployment.start();
        scene = Deployment.furnish(one);
        scene.agent(Deployment.AGENT, Deployment.JWT_TOOL, Map.of("max_live_leases", 100_000));
        scene.policy("all", """
                permit(principal, action, resource) when { context.actions.containsAll(["read", "write"]) };
                @approval("finance") permit(principal, action, resource) when { context.actions == ["write"] };
                """);
        other = deployment.start();
        // So that no poll is too soon: the race is to the grant itself.
        deployment.execute("CREATE OR REPLACE FUNCTION no_interval() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN NEW.polled_at := NULL; RETURN NEW; END'");
        deployment.execute("CREATE OR REPLACE TRIGGER no_interval BEFORE UPDATE ON approval"
                + " FOR EACH ROW EXECUTE FUNCTION no_interval()");
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
    void eachApprovalIsOneGrantWhateverHappensAtOnce() throws Exception {
        List<Scene> brokers = List.of(scene, scene.through(other.port()));
        long begun = System.nanoTime();
        int revoked = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                revoked += round(round, brokers, threads) ? 1 : 0;
            }
        }
        System.out.println("One approval, one grant: " + ROUNDS + " rounds of " + POLLERS + " pollers at two brokers, "
                + revoked + " revoked by the operator meanwhile, in " + (System.nanoTime() - begun) / 1_000_000_000
                + " s");
        assertThat(deployment.count("SELECT count(*) FROM approval WHERE state = 'consumed'"))
                .isEqualTo(ROUNDS);
        assertThat(deployment.count("SELECT count(*) FROM audit_event WHERE kind = 'approval.consumed'"))
                .isEqualTo(ROUNDS);
        assertThat(revoked).isPositive();
    }

    /** Whether the operator was there before the last poller. */
    private static boolean round(int round, List<Scene> brokers, ExecutorService threads) throws Exception {
        JsonNode task = Client.granted(scene, Deployment.JWT_TOOL, "read", "write");
        JsonNode waiting = scene.exchange(more(task)).json();
        assertThat(waiting.path("error").asString()).as(waiting.toString()).isEqualTo("authorization_pending");
        scene.approve(waiting);
        Map<String, String> poll = poll(waiting);
        AtomicBoolean over = new AtomicBoolean();
        String id = task.path("task").path("id").asString();
        Future<Boolean> operator = threads.submit(() -> revoked(id, over));
        List<Callable<Answer>> polls = IntStream.range(0, POLLERS)
                .<Callable<Answer>>mapToObj(i -> () -> collect(brokers.get(i % 2), poll, round + "-" + i))
                .toList();

        List<Answer> answers =
                threads.invokeAll(polls).stream().map(Future::resultNow).toList();
        over.set(true);

        assertThat(answers)
                .as(answers.stream().map(Answer::text).distinct().toList().toString())
                .filteredOn(OneApprovalOneGrantTest::isTheGrant)
                .hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> !isTheGrant(answer))
                .allSatisfy(answer -> assertThat(answer.json().path("error").asString())
                        .as(answer.text())
                        .isEqualTo("invalid_grant"));
        boolean revoked = operator.get();
        assertThat(collect(brokers.getLast(), poll, round + "-late").status()).isEqualTo(400);
        assertThat(deployment.count("SELECT count(*) FROM lease WHERE actions = '{write}' AND task_id = '" + id + "'"))
                .isEqualTo(1);
        return revoked;
    }

    /** Its credential, or the news that the operator was there before it was made. */
    private static boolean isTheGrant(Answer answer) {
        return answer.status() == 200
                || (answer.json().path("error").asString().equals("access_denied")
                        && answer.text().contains("stopped while its credentials were made"));
    }

    /** Revokes the approved lease as soon as it is there. */
    private static boolean revoked(String task, AtomicBoolean over) {
        while (!over.get()) {
            for (JsonNode lease :
                    scene.admin().get("/admin/v1/leases?task=" + task).json().path("items")) {
                if (lease.path("actions").size() == 1) {
                    Map<String, Object> drill =
                            Map.of("scope", Map.of("lease", lease.path("id").asString()), "reason", "a drill");
                    Answer answer = BusyService.ask(() -> scene.admin().post("/admin/v1/revocations", drill));
                    assertThat(answer.status()).as(answer.text()).isEqualTo(202);
                    return !over.get();
                }
            }
        }
        return false;
    }

    private static Map<String, String> more(JsonNode task) {
        Map<String, String> more = Scene.request(Deployment.AGENT, Deployment.JWT_TOOL, "write");
        more.remove("task");
        more.put("completion_mode", "deferred");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", task.path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);
        return more;
    }

    private static Map<String, String> poll(JsonNode waiting) {
        return Map.of(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:deferred",
                "deferral_code",
                waiting.path("deferral_code").asString(),
                "actor_token",
                Surroundings.WORKLOADS.token(Deployment.AGENT),
                "actor_token_type",
                Scene.JWT);
    }

    /** Who is told that the broker is busy comes again, as any client does. */
    private static Answer collect(Scene at, Map<String, String> poll, String key) {
        Answer answer = at.anonymous().with("Idempotency-Key", key).form("/oauth2/token", poll);
        for (int tries = 0; answer.status() == 503 && tries < 100; tries++) {
            answer = at.anonymous().with("Idempotency-Key", key).form("/oauth2/token", poll);
        }
        return answer;
    }
}
