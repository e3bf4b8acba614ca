package io.errand.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** What is told is signed, told until it is taken, and told to nobody else. */
@BrokerTest
class WebhooksTest {

    private static final byte[] KEY = "a secret of thirty-two bytes, ok".getBytes(StandardCharsets.UTF_8);

    private record Call(String path, String id, String timestamp, String signature, String body) {}

    private static final List<Call> CALLS = new CopyOnWriteArrayList<>();
    private static final AtomicInteger ELSEWHERE = new AtomicInteger();
    private static final AtomicInteger TO_REDIRECT = new AtomicInteger();
    private static final AtomicInteger TO_FAIL = new AtomicInteger();
    private static final HttpServer RECEIVER = receiver();

    private final Scene scene;
    private final JdbcClient jdbc;

    WebhooksTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
    }

    @DynamicPropertySource
    static void configured(DynamicPropertyRegistry properties) throws IOException {
        Path secret = Files.createTempFile("webhook", ".secret");
        secret.toFile().deleteOnExit();
        Files.writeString(secret, "whsec_" + Base64.getEncoder().encodeToString(KEY) + "\n");
        PageBlock.of("docs/approvals.md", "receiver")
                .with(
                        "https://pager.example/hook",
                        "http://127.0.0.1:" + RECEIVER.getAddress().getPort() + "/pager")
                .with("/run/secrets/pager", secret.toString())
                .settings()
                .forEach((key, value) -> properties.add(key, () -> value));
        properties.add(
                "errand.signal.receivers.locks.url",
                () -> "http://127.0.0.1:" + RECEIVER.getAddress().getPort() + "/hook");
        properties.add("errand.signal.receivers.locks.secret-file", secret::toString);
        properties.add("errand.signal.receivers.locks.events", () -> "lock.set,breakglass.activated");
        properties.add(
                "errand.signal.receivers.desk.url",
                () -> "http://127.0.0.1:" + RECEIVER.getAddress().getPort() + "/desk");
        properties.add("errand.signal.receivers.desk.secret-file", secret::toString);
        properties.add(
                "errand.signal.receivers.desk.events",
                () ->
                        "agent.ownerless,approval.requested,approval.decided,breakglass.activated,breakglass.review_overdue");
        properties.add("errand.signal.longest-backoff", () -> "PT1S");
        properties.add("errand.signal.poll-interval", () -> "PT0.1S");
    }

    @AfterAll
    static void stop() {
        RECEIVER.stop(0);
    }

    private static HttpServer receiver() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/hook", WebhooksTest::take);
            for (String path : List.of("/desk", "/pager")) {
                server.createContext(path, exchange -> {
                    note(exchange);
                    answer(exchange, 204);
                });
            }
            server.createContext("/elsewhere", exchange -> {
                ELSEWHERE.incrementAndGet();
                answer(exchange, 204);
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void note(HttpExchange exchange) throws IOException {
        var headers = exchange.getRequestHeaders();
        CALLS.add(new Call(
                exchange.getRequestURI().getPath(),
                headers.getFirst("webhook-id"),
                headers.getFirst("webhook-timestamp"),
                headers.getFirst("webhook-signature"),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
    }

    private static void take(HttpExchange exchange) throws IOException {
        note(exchange);
        if (TO_REDIRECT.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            answer(exchange, 307);
        } else if (TO_FAIL.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            answer(exchange, 500);
        } else {
            answer(exchange, 200);
        }
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        byte[] body = status == 204 ? new byte[0] : "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, status == 204 ? -1 : body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Test
    void itIsToldUntilItIsTakenByTheConfiguredReceiverAlone() throws GeneralSecurityException {
        // What other tests left in the outbox would take the refusals that are meant for this one.
        await("the notices of other tests to be taken")
                .atMost(Duration.ofSeconds(30))
                .until(() -> waiting() == 0);
        TO_REDIRECT.set(1);
        TO_FAIL.set(1);
        String agent = Scene.name("agent");

        Answer locked = lock(agent);
        await("the notice to be taken")
                .atMost(Duration.ofSeconds(30))
                .until(() -> of(agent).size() >= 3 && waiting() == 0);

        List<Call> calls = of(agent);
        assertThat(calls).hasSize(3);
        assertThat(calls).extracting(Call::id).containsOnly(calls.getFirst().id());
        assertThat(ELSEWHERE).hasValue(0);
        for (Call call : calls) {
            assertThat(call.signature()).isEqualTo("v1," + hmac(call));
        }
        JsonNode notice = Json.mapper().readTree(calls.getLast().body());
        assertThat(notice.path("type").asString()).isEqualTo("lock.set");
        assertThat(notice.path("data").path("lock")).isEqualTo(locked.json().path("lock"));
        assertThat(notice.path("data").path("scope").path("agent").asString()).isEqualTo(agent);
    }

    @Test
    void whoseAgentsNobodyAnswersForIsTold() {
        String agent = Scene.name("orphan");
        String owner = Scene.name("owner") + "@example.com";
        scene.agent(agent, "some-tool", Map.of("owner", owner));

        scene.admin().post("/admin/v1/owners/departed", Map.of("owner", owner, "reason", "left"));
        await("the notice to be taken")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !at("/desk", agent).isEmpty());

        assertThat(of(agent)).isEmpty();
        JsonNode notice = Json.mapper().readTree(at("/desk", agent).getFirst().body());
        assertThat(notice.path("type").asString()).isEqualTo("agent.ownerless");
        assertThat(notice.at("/data/owner").asString()).isEqualTo(owner);
        assertThat(notice.at("/data/reason").asString()).isEqualTo("left");
    }

    @Test
    void whatItDidNotAskForItIsNotTold() {
        String agent = Scene.name("agent");
        String tool = Scene.name("erp");
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("completion_mode", "deferred");

        Answer waiting = scene.exchange(form);
        lock(agent);
        await("the later notice")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !of(agent).isEmpty());

        assertThat(waiting.json().path("error").asString()).isEqualTo("authorization_pending");
        assertThat(of(agent))
                .allSatisfy(call -> assertThat(call.body())
                        .contains("\"lock.set\"")
                        .doesNotContain(waiting.json().path("deferral_code").asString()));
    }

    @Test
    void approvalsAndBreakGlassAreToldWithASignature() throws GeneralSecurityException {
        String agent = Scene.name("agent");
        String tool = Scene.name("erp");
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("completion_mode", "deferred");

        JsonNode waiting = scene.exchange(form).json();
        JsonNode approval = waiting.path("approval");
        scene.decide(waiting, "deny");
        JsonNode broken = scene.as("errand.operator")
                .post(
                        "/admin/v1/breakglass",
                        Map.of(
                                "agent",
                                agent,
                                "tools",
                                List.of(tool),
                                "reason",
                                "stuck",
                                "ticket",
                                "INC-1",
                                "ttl",
                                "PT3M"))
                .json();
        jdbc.sql("UPDATE break_glass SET review_by = now() - interval '1 second' WHERE id = :id::uuid")
                .param("id", broken.path("id").asString())
                .update();
        jdbc.sql("UPDATE scheduled_tasks SET execution_time = now() WHERE task_name = 'errand-breakglass-reviews'")
                .update();
        await("all four")
                .atMost(Duration.ofSeconds(30))
                .until(() -> at("/desk", agent).size() >= 4 && waiting() == 0);

        List<Call> calls = at("/desk", agent);
        for (Call call : calls) {
            assertThat(call.signature()).isEqualTo("v1," + hmac(call));
        }
        assertThat(calls)
                .extracting(WebhooksTest::event)
                .containsExactlyInAnyOrder(
                        "approval.requested", "approval.decided", "breakglass.activated", "breakglass.review_overdue");
        assertThat(at("/pager", agent))
                .as("the receiver that the page shows")
                .extracting(WebhooksTest::event)
                .containsExactlyInAnyOrder("approval.requested", "breakglass.activated");
        assertThat(calls)
                .as("receivers put them in order by their timestamp")
                .anySatisfy(call ->
                        assertThat(call.body()).contains(approval.path("digest").asString()));
    }

    private static String event(Call call) {
        return Json.mapper().readTree(call.body()).path("type").asString();
    }

    private static List<Call> at(String path, String agent) {
        return CALLS.stream()
                .filter(call -> call.path().equals(path) && call.body().contains("\"" + agent + "\""))
                .toList();
    }

    private Answer lock(String agent) {
        return scene.as("errand.operator")
                .post(
                        "/admin/v1/revocations",
                        Map.of(
                                "scope",
                                Map.of("agent", agent),
                                "reason",
                                "test",
                                "lock",
                                true,
                                "even_if_unknown",
                                true));
    }

    private static List<Call> of(String agent) {
        return at("/hook", agent);
    }

    private long waiting() {
        return jdbc.sql("SELECT count(*) FROM outbox").query(Long.class).single();
    }

    private static String hmac(Call call) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        return Base64.getEncoder()
                .encodeToString(mac.doFinal(
                        (call.id() + "." + call.timestamp() + "." + call.body()).getBytes(StandardCharsets.UTF_8)));
    }
}
