package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** An external decision point takes its time, and only those wait for it who asked. */
@BrokerTest
class SlowDecisionPointTest {

    private static final Point POINT = new Point();

    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    SlowDecisionPointTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    /** It says yes to all but uses that a test says no to; questions about uses wait until as many are there as a test says. */
    private static final class Point {

        private final HttpServer server;
        private final AtomicInteger uses = new AtomicInteger();
        private volatile CountDownLatch gathered = new CountDownLatch(0);
        private volatile String refused = "";

        Point() {
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", this::answer);
            server.start();
        }

        private void answer(HttpExchange exchange) throws IOException {
            JsonNode question = Json.mapper().readTree(exchange.getRequestBody().readAllBytes());
            // Live leases are decided again, as an issue, whenever policies change.
            boolean isUse = question.path("action").path("name").asString().equals("use");
            if (isUse) {
                uses.incrementAndGet();
                gathered.countDown();
                try {
                    gathered.await(20, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            boolean isRefused =
                    isUse && question.path("resource").path("id").asString().equals(refused);
            byte[] answer = ("{\"decision\": " + !isRefused + "}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        }
    }

    @DynamicPropertySource
    static void where(DynamicPropertyRegistry registry) {
        registry.add(
                "errand.policy.pdps.guard.url",
                () -> "http://127.0.0.1:" + POINT.server.getAddress().getPort() + "/access/v1/evaluation");
        registry.add("errand.policy.pdps.guard.timeout", () -> "PT8S");
        registry.add("errand.evaluation.timeout", () -> "PT15S");
    }

    @AfterAll
    static void stop() {
        POINT.server.stop(0);
    }

    @AfterEach
    void released() {
        while (POINT.gathered.getCount() > 0) {
            POINT.gathered.countDown();
        }
        threads.close();
    }

    @BeforeEach
    void registered() {
        POINT.gathered = new CountDownLatch(0);
        POINT.refused = "";
        scene.jwtTool(tool, Map.of());
        in(Map.of("cedar", "permit(principal, action, resource);", "pdp", "guard"));
    }

    private void in(Map<String, String> policies) {
        Answer answer = scene.admin().put("/admin/v1/policies/guarded", policies);
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    private Acting acting(String agent) {
        Acting.agent(scene, agent, Acting.tools(tool), Map.of());
        return Acting.on(scene, agent, Acting.tools(tool));
    }

    private List<Future<JsonNode>> ask(Stream<Acting> tasks) {
        List<Future<JsonNode>> asked = new ArrayList<>();
        tasks.forEach(one -> {
            Callable<JsonNode> question = () -> one.may(tool, "read");
            asked.add(threads.submit(question));
        });
        return asked;
    }

    private static long permitted(List<Future<JsonNode>> asked) throws Exception {
        long permitted = 0;
        for (Future<JsonNode> one : asked) {
            permitted += one.get().path("decision").asBoolean() ? 1 : 0;
        }
        return permitted;
    }

    @Test
    void tasksAreAskedAboutAtTheSameTimeAndNotOneAfterTheOther() throws Exception {
        List<Acting> tasks = IntStream.range(0, 12)
                .mapToObj(i -> acting(Scene.name("agent")))
                .toList();
        POINT.gathered = new CountDownLatch(12);

        List<Future<JsonNode>> asked = ask(tasks.stream());

        // None is answered before all were asked about: one that waited for another would be answered by the timeout's
        // no.
        assertThat(permitted(asked)).isEqualTo(12);
    }

    @Test
    void whileItHangsEverythingElseGoesOn() throws Exception {
        String agent = Scene.name("agent");
        Acting hanging = acting(agent);
        String other = Scene.name("agent");
        Acting.agent(scene, other, Acting.tools(tool), Map.of());
        POINT.gathered = new CountDownLatch(1_000);
        int before = POINT.uses.get();
        List<Future<JsonNode>> asked = ask(Stream.of(hanging));
        await("it to be asked").atMost(Duration.ofSeconds(10)).until(() -> POINT.uses.get() > before);
        long begun = System.nanoTime();

        Acting fresh = Acting.on(scene, other, Acting.tools(tool));
        JsonNode state = Acting.ok(scene.as("errand.introspect")
                .form(
                        "/oauth2/introspect",
                        Map.of("token", fresh.grant().path("access_token").asString())));
        Answer more = Acting.asks(scene, agent, Acting.tools(tool), Map.of());
        Answer open = Acting.gateway(scene)
                .post(
                        "/access/v1/evaluation",
                        Map.of(
                                "subject", Map.of("type", "nothing", "id", "x"),
                                "action", Map.of("name", "x"),
                                "resource", Map.of("type", "nothing", "id", "x")));
        Answer locked = scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", Map.of("agent", agent), "reason", "test", "lock", true));

        assertThat(state.path("active").asBoolean()).isTrue();
        assertThat(more.status()).as(more.text()).isEqualTo(200);
        assertThat(Acting.ok(open).path("decision").asBoolean(true)).isFalse();
        assertThat(locked.status()).as(locked.text()).isEqualTo(202);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(6));
        assertThat(asked.getFirst().isDone()).isFalse();
        released();
        // It agreed, and the operator was faster.
        assertThat(asked.getFirst().get().path("decision").asBoolean(true)).isFalse();
        assertThat(hanging.reason(asked.getFirst().get())).isIn("locked", "task_ended");
        scene.as("errand.operator")
                .delete("/admin/v1/locks/" + locked.json().path("lock").asString());
    }

    @Test
    void aLimitHoldsThoughEachIsAskedAbout() throws Exception {
        in(Map.of("cedar", """
                permit(principal, action, resource);
                forbid(principal, action == Errand::Action::"use", resource)
                when { context.session.counters.hasTag("%1$s.read") && context.session.counters.getTag("%1$s.read") >= 3 };
                """.formatted(tool), "pdp", "guard"));
        Acting acting = acting(Scene.name("agent"));

        List<Future<JsonNode>> asked = ask(Stream.generate(() -> acting).limit(16));

        assertThat(permitted(asked)).isEqualTo(3);
    }

    @Test
    void itsNoIsOneDenialAndNothingElse() {
        Acting acting = acting(Scene.name("agent"));
        POINT.refused = tool;

        JsonNode denied = acting.denied(tool, "read");

        assertThat(acting.events(denied)).hasSize(1);
        assertThat(acting.reason(denied)).isEqualTo("policy_decision_point_no");
        assertThat(Acting.texts(denied.path("context").path("labels"))).isEmpty();
        POINT.refused = "";
        assertThat(Acting.texts(acting.permitted(tool, "read").path("context").path("labels")))
                .containsExactly("data:internal");
    }

    @Test
    void aBatchIsAskedAboutAsAWholeAndAnsweredInItsOrder() {
        Acting acting = acting(Scene.name("agent"));
        int before = POINT.uses.get();

        JsonNode answer = Acting.ok(acting.wire()
                .post(
                        "/access/v1/evaluations",
                        Map.of(
                                "evaluations",
                                List.of(
                                        Acting.request(tool, "read"),
                                        Acting.request(tool, "nothing"),
                                        Acting.request(tool, "write")))));

        assertThat(answer.path("evaluations").values().stream()
                        .map(one -> one.path("decision").asBoolean())
                        .toList())
                .containsExactly(true, false, true);
        assertThat(POINT.uses.get() - before).isEqualTo(2);
    }
}
