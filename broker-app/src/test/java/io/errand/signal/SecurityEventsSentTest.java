package io.errand.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Receivers are told, in order and until they have taken it, what was revoked and what is gone; of their own streams alone. */
@BrokerTest
class SecurityEventsSentTest {

    private static final String PUSH = "urn:ietf:rfc:8935";
    private static final String POLL = "urn:ietf:rfc:8936";
    private static final String SESSION_REVOKED = Pushes.SESSION_REVOKED;
    private static final String CREDENTIAL_CHANGE =
            "https://schemas.openid.net/secevent/caep/event-type/credential-change";
    private static final String LEASE_GONE = "urn:errand:secevent:lease-gone";
    private static final String VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification";

    private record Call(String path, String type, String accept, String token) {}

    private static final List<Call> CALLS = new CopyOnWriteArrayList<>();
    private static final AtomicInteger TO_FAIL = new AtomicInteger();
    private static final HttpServer RECEIVER = receiver();

    private final Scene scene;
    private final JdbcClient jdbc;
    private final List<Runnable> afterwards = new ArrayList<>();

    SecurityEventsSentTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.jdbc = jdbc;
        scene = new Scene(port);
    }

    private static HttpServer receiver() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", SecurityEventsSentTest::take);
            server.start();
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void take(HttpExchange exchange) throws IOException {
        CALLS.add(new Call(
                exchange.getRequestURI().getPath(),
                exchange.getRequestHeaders().getFirst("Content-Type"),
                exchange.getRequestHeaders().getFirst("Accept"),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII)));
        boolean fails = TO_FAIL.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
        exchange.sendResponseHeaders(fails ? 503 : 202, -1);
        exchange.close();
    }

    @AfterAll
    static void stop() {
        RECEIVER.stop(0);
    }

    @AfterEach
    void noStreamIsLeft() {
        afterwards.forEach(Runnable::run);
    }

    @Test
    void whatIsRevokedIsPushedInItsOrderUntilItIsTaken() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        String path = "/" + Scene.name("push");
        JsonNode stream = created(receiver, pushTo(path));
        TO_FAIL.set(2);
        String agent = agent();
        String ann = Scene.name("ann");
        JsonNode granted = granted(Scene.requestFor(ann, agent, agent + "-tool", "read"));

        revoke(Map.of("agent", agent));
        await("the end of the credential to be told")
                .atMost(Duration.ofSeconds(60))
                .until(() -> told(path).stream()
                        .anyMatch(event -> event.path("events").has(LEASE_GONE) || isRevoked(event, agent)));
        await("all of it")
                .atMost(Duration.ofSeconds(30))
                .until(() -> told(path).stream()
                        .anyMatch(event -> isRevoked(event, agent)
                                && event.at("/sub_id/format").asString().equals("iss_sub")));

        List<JsonNode> events = told(path);
        String first = events.getFirst().path("jti").asString();
        assertThat(CALLS.stream().filter(call -> call.path().equals(path)).limit(3))
                .as("it was refused twice, and came again as it was")
                .allSatisfy(call ->
                        assertThat(claims(call.token()).path("jti").asString()).isEqualTo(first));
        assertThat(CALLS.stream().filter(call -> call.path().equals(path))).allSatisfy(call -> {
            assertThat(call.type()).isEqualTo("application/secevent+jwt");
            assertThat(call.accept()).isEqualTo("application/json");
            assertThat(typ(call.token())).isEqualTo("secevent+jwt");
        });
        assertThat(events).allSatisfy(event -> {
            assertThat(event.path("iss").asString()).isEqualTo(BrokerTest.ISSUER);
            assertThat(event.path("aud")).isEqualTo(stream.path("aud"));
            assertThat(event.has("exp") || event.has("sub")).isFalse();
            assertThat(event.path("iat").isIntegralNumber()).isTrue();
            assertThat(event.path("events").size()).isEqualTo(1);
        });
        String task = granted.path("task").path("id").asString();
        JsonNode session = events.stream()
                .filter(event -> event.at("/sub_id/session/id").asString("").equals(task)
                        && event.path("events").has(SESSION_REVOKED))
                .findFirst()
                .orElseThrow();
        assertThat(session.at("/sub_id/format").asString()).isEqualTo("complex");
        assertThat(session.at("/sub_id/application/sub").asString()).isEqualTo("agent:" + agent);
        assertThat(session.at("/sub_id/user/iss").asString()).isEqualTo(Surroundings.PEOPLE.url());
        assertThat(session.at("/sub_id/user/sub").asString()).isEqualTo(ann);
        assertThat(session.path("events")
                        .path(SESSION_REVOKED)
                        .path("initiating_entity")
                        .asString())
                .isEqualTo("admin");
        List<String> changes = events.stream()
                .map(event -> event.path("events").path(CREDENTIAL_CHANGE))
                .filter(JsonNode::isObject)
                .map(payload -> payload.path("change_type").asString())
                .toList();
        assertThat(changes).containsSubsequence("create", "revoke");
    }

    @Test
    void onlyWhatWasAskedForIsSentAndWhatIsGoneComesWithItsReceipt() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, Map.of("events_requested", List.of(LEASE_GONE, "urn:nobody:knows")));
        assertThat(stream.path("events_delivered").toString()).isEqualTo("[\"" + LEASE_GONE + "\"]");
        assertThat(stream.path("events_requested").size()).isEqualTo(2);
        String agent = Scene.name("told");
        scene.postgresTool(agent + "-tool", Map.of());
        scene.agent(agent, agent + "-tool", Map.of());
        scene.permits();
        JsonNode granted = granted(Scene.request(agent, agent + "-tool", "read"));

        scene.complete(granted);
        List<JsonNode> events = polledUntil(receiver, stream, agent);

        assertThat(events)
                .allSatisfy(event ->
                        assertThat(event.path("events").has(LEASE_GONE)).isTrue());
        JsonNode payload = events.stream()
                .filter(event -> event.at("/sub_id/application/sub").asString().equals("agent:" + agent))
                .findFirst()
                .orElseThrow()
                .path("events")
                .path(LEASE_GONE);
        assertThat(payload.path("outcome").asString()).isEqualTo("gone");
        assertThat(payload.path("tool").asString()).isEqualTo(agent + "-tool");
        assertThat(payload.path("receipt").asString()).contains(".");
    }

    @Test
    void aTokenOfTheStreamIsNoTokenOfAnybody() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, Map.of());
        verify(receiver, stream, "the state");
        Map<String, String> sets = poll(receiver, stream, Map.of("returnImmediately", false));
        String set = sets.values().iterator().next();

        assertThat(scene.admin().as(set).get("/admin/v1/tools").status()).isEqualTo(401);
        assertThat(scene.admin().as(set).get("/v1/tasks/x").status()).isEqualTo(401);
        assertThat(scene.admin().as(set).get("/ssf/v1/stream").status()).isEqualTo(401);
        assertThat(scene.as("errand.introspect")
                        .form("/oauth2/introspect", Map.of("token", set))
                        .text())
                .isEqualTo("{\"active\":false}");
        String agent = agent();
        Map<String, String> form = Scene.request(agent, agent + "-tool", "read");
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", set);
        assertThat(scene.exchange(form).json().path("error").asString()).isEqualTo("invalid_request");
    }

    @Test
    void whatWasPolledComesAgainUntilItIsAcknowledged() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, Map.of("events_requested", List.of(), "delivery", Map.of("method", POLL)));
        verify(receiver, stream, "one");
        Answer tooSoon = receiver.post(
                "/ssf/v1/verification",
                Map.of("stream_id", stream.path("stream_id").asString()));
        assertThat(tooSoon.status()).isEqualTo(429);
        assertThat(tooSoon.header("Retry-After")).isNotEmpty();

        Map<String, String> first = poll(receiver, stream, Map.of("returnImmediately", true, "maxEvents", 1));
        Map<String, String> again = poll(receiver, stream, Map.of("returnImmediately", true));
        assertThat(first).hasSize(1);
        assertThat(again.keySet()).isEqualTo(first.keySet());
        String jti = first.keySet().iterator().next();
        JsonNode claims = claims(Objects.requireNonNull(first.get(jti)));
        assertThat(claims.path("jti").asString()).isEqualTo(jti);
        assertThat(claims.path("events").path(VERIFICATION).path("state").asString())
                .isEqualTo("one");
        assertThat(claims.at("/sub_id/id")).isEqualTo(stream.path("stream_id"));

        Map<String, String> after =
                poll(receiver, stream, Map.of("returnImmediately", true, "ack", List.of(jti, "unknown")));
        assertThat(after).isEmpty();
    }

    @Test
    void aPausedStreamKeepsWhatHappensAndADisabledOneDoesNot() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, Map.of("events_requested", List.of(SESSION_REVOKED)));
        String id = stream.path("stream_id").asString();
        assertThat(status(receiver, id, "paused").path("status").asString()).isEqualTo("paused");
        String kept = agent();
        granted(Scene.request(kept, kept + "-tool", "read"));
        revoke(Map.of("agent", kept));
        assertThat(poll(receiver, stream, Map.of("returnImmediately", true))).isEmpty();

        status(receiver, id, "enabled");
        polledUntil(receiver, stream, kept);

        Wire another = receiverNamed(Scene.name("receiver"));
        JsonNode its = created(another, Map.of("events_requested", List.of(SESSION_REVOKED)));
        status(receiver, id, "disabled");
        String lost = agent();
        granted(Scene.request(lost, lost + "-tool", "read"));
        revoke(Map.of("agent", lost));
        polledUntil(another, its, lost); // what happened has its place in the log
        status(receiver, id, "enabled");
        String later = agent();
        granted(Scene.request(later, later + "-tool", "read"));
        revoke(Map.of("agent", later));
        List<JsonNode> events = polledUntil(receiver, stream, later);
        assertThat(events).noneSatisfy(event -> assertThat(event.toString()).contains("\"agent:" + lost + "\""));
        assertThat(receiver.get("/ssf/v1/status?stream_id=" + id)
                        .json()
                        .path("status")
                        .asString())
                .isEqualTo("enabled");
    }

    @Test
    void whatIsTooMuchForTheTableWaitsInTheLog() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, Map.of("events_requested", List.of(SESSION_REVOKED)));
        String id = stream.path("stream_id").asString();
        jdbc.sql("""
                        INSERT INTO security_event (stream, jti, claims)
                        SELECT :id::uuid, gen_random_uuid(), '{"events": {}}' FROM generate_series(1, 10000)
                        """).param("id", id).update();
        Wire another = receiverNamed(Scene.name("receiver"));
        JsonNode its = created(another, Map.of("events_requested", List.of(SESSION_REVOKED)));
        String agent = agent();
        granted(Scene.request(agent, agent + "-tool", "read"));
        revoke(Map.of("agent", agent));
        polledUntil(another, its, agent);

        assertThat(waiting(id)).isEqualTo(10_000);
        jdbc.sql("DELETE FROM security_event WHERE stream = :id::uuid")
                .param("id", id)
                .update();
        assertThat(polledUntil(receiver, stream, agent)).isNotEmpty();
    }

    @Test
    void noVerificationIsAddedToAStreamThatIsFullOrDisabled() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, Map.of("events_requested", List.of()));
        String id = stream.path("stream_id").asString();

        status(receiver, id, "disabled");
        Answer disabled = receiver.post("/ssf/v1/verification", Map.of("stream_id", id));
        assertThat(disabled.status()).as(disabled.text()).isEqualTo(400);
        assertThat(waiting(id)).isZero();

        status(receiver, id, "paused");
        jdbc.sql("""
                        INSERT INTO security_event (stream, jti, claims)
                        SELECT :id::uuid, gen_random_uuid(), '{"events": {}}' FROM generate_series(1, 10000)
                        """).param("id", id).update();
        Answer full = receiver.post("/ssf/v1/verification", Map.of("stream_id", id));
        assertThat(full.status()).as(full.text()).isEqualTo(429);
        assertThat(full.header("Retry-After")).isNotEmpty();
        assertThat(waiting(id)).isEqualTo(10_000);

        jdbc.sql("DELETE FROM security_event WHERE stream = :id::uuid")
                .param("id", id)
                .update();
        verify(receiver, stream, "there is room");
        assertThat(waiting(id)).isEqualTo(1);
    }

    private int waiting(String stream) {
        return jdbc.sql("SELECT count(*) FROM security_event WHERE stream = :id::uuid")
                .param("id", stream)
                .query(Integer.class)
                .single();
    }

    @Test
    void aStreamIsItsReceiversAlone() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        Wire another = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, Map.of("description", "Mine"));
        String id = stream.path("stream_id").asString();

        assertThat(another.get("/ssf/v1/stream?stream_id=" + id).status()).isEqualTo(404);
        assertThat(another.get("/ssf/v1/stream").json().size()).isZero();
        assertThat(another.delete("/ssf/v1/stream?stream_id=" + id).status()).isEqualTo(404);
        assertThat(another.post("/ssf/v1/poll/" + id, Map.of("returnImmediately", true))
                        .status())
                .isEqualTo(404);
        assertThat(another.post("/ssf/v1/status", Map.of("stream_id", id, "status", "paused"))
                        .status())
                .isEqualTo(404);
        assertThat(another.post("/ssf/v1/verification", Map.of("stream_id", id)).status())
                .isEqualTo(404);
        assertThat(another.put("/ssf/v1/stream", Map.of("stream_id", id)).status())
                .isEqualTo(404);
        assertThat(scene.anonymous().get("/ssf/v1/stream").status()).isEqualTo(401);
        for (String role : List.of("errand.auditor", "errand.operator", "errand.pep", "errand.introspect")) {
            assertThat(scene.as(role).get("/ssf/v1/stream").status()).as(role).isEqualTo(403);
            assertThat(scene.as(role).post("/ssf/v1/stream", Map.of()).status())
                    .as(role)
                    .isEqualTo(403);
        }
        assertThat(receiver.get("/admin/v1/agents").status()).isEqualTo(403);
        assertThat(scene.as("errand.admin")
                        .get("/ssf/v1/stream?stream_id=" + id)
                        .json()
                        .path("description")
                        .asString())
                .isEqualTo("Mine");
        assertThat(scene.as("errand.admin")
                        .post("/ssf/v1/poll/" + id, Map.of("returnImmediately", true))
                        .status())
                .isEqualTo(404);
        assertThat(scene.as("errand.admin")
                        .delete("/ssf/v1/stream?stream_id=" + id)
                        .status())
                .isEqualTo(204);
        assertThat(receiver.get("/ssf/v1/stream?stream_id=" + id).status()).isEqualTo(404);
        assertThat(scene.events("kind=event_stream.deleted"))
                .anySatisfy(event ->
                        assertThat(event.at("/details/stream").asString()).isEqualTo(id));
    }

    @Test
    void itIsReplacedUpdatedAndCounted() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        JsonNode stream = created(receiver, pushTo("/" + Scene.name("push")));
        String id = stream.path("stream_id").asString();

        Answer replaced = receiver.put(
                "/ssf/v1/stream",
                Map.of(
                        "stream_id",
                        id,
                        "iss",
                        BrokerTest.ISSUER,
                        "aud",
                        List.of(stream.path("aud").asString()),
                        "delivery",
                        Map.of("method", POLL)));
        assertThat(replaced.status()).as(replaced.text()).isEqualTo(200);
        assertThat(replaced.json().at("/delivery/endpoint_url").asString())
                .isEqualTo(BrokerTest.ISSUER + "/ssf/v1/poll/" + id);
        Answer changed = receiver.put("/ssf/v1/stream", Map.of("stream_id", id, "iss", "https://another.example"));
        assertThat(changed.status()).isEqualTo(400);
        assertThat(changed.json().path("member").asString()).isEqualTo("iss");

        for (int i = 1; i < 10; i++) {
            created(receiver, Map.of());
        }
        assertThat(receiver.post("/ssf/v1/stream", Map.of()).status()).isEqualTo(409);
    }

    @Test
    void whatCannotBeIsRefused() {
        Wire receiver = receiverNamed(Scene.name("receiver"));
        List<Map<String, Object>> bad = List.of(
                Map.of("delivery", "push"),
                Map.of("delivery", Map.of("method", "urn:nobody")),
                Map.of("delivery", Map.of("method", PUSH)),
                push("http://receiver.example/x"),
                push("https://10.0.0.1/x"),
                push("https://169.254.169.254/latest"),
                push("https://user:word@receiver.example/x"),
                push("https://receiver.example/x#y"),
                push("file:///etc/passwd"),
                push("https://receiver.example/" + "x".repeat(1100)),
                push("not a url"),
                Map.of("delivery", Map.of("method", PUSH, "endpoint_url", 7)),
                Map.of(
                        "delivery",
                        Map.of(
                                "method",
                                PUSH,
                                "endpoint_url",
                                "https://receiver.example/x",
                                "authorization_header",
                                "Bearer x")),
                Map.of("delivery", Map.of("method", POLL, "endpoint_url", "https://receiver.example/x")),
                Map.of("events_requested", "all"),
                Map.of("events_requested", List.of(1)),
                Map.of("events_requested", java.util.Collections.nCopies(65, "x")),
                Map.of("events_requested", List.of("x".repeat(257))),
                Map.of("description", 7),
                Map.of("description", "x".repeat(1025)),
                Map.of("description", "a\u0000b"));
        for (Map<String, Object> body : bad) {
            Answer refused = receiver.post("/ssf/v1/stream", body);
            assertThat(refused.status()).as(body + refused.text()).isEqualTo(400);
            assertThat(refused.json().path("type").asString()).startsWith("urn:errand:problem:");
        }
        for (String body : List.of("", "[]", "null", "{", "{\"a\":1,\"a\":2}", "7")) {
            assertThat(receiver.post("/ssf/v1/stream", body).status()).as(body).isEqualTo(400);
        }
        assertThat(receiver.get("/ssf/v1/stream").json().size()).isZero();
        JsonNode stream = created(receiver, Map.of());
        for (Map<String, Object> body : List.<Map<String, Object>>of(
                Map.of("maxEvents", -1),
                Map.of("maxEvents", "1"),
                Map.of("returnImmediately", "yes"),
                Map.of("ack", "x"),
                Map.of("setErrs", List.of()),
                Map.of("ack", java.util.Collections.nCopies(1001, "x")))) {
            assertThat(receiver.post("/ssf/v1/poll/" + stream.path("stream_id").asString(), body)
                            .status())
                    .as(body.toString())
                    .isEqualTo(400);
        }
        assertThat(receiver.post("/ssf/v1/poll/" + stream.path("stream_id").asString(), Map.of("maxEvents", 0))
                        .json()
                        .path("sets")
                        .size())
                .isZero();
        assertThat(receiver.post(
                                "/ssf/v1/status",
                                Map.of("stream_id", stream.path("stream_id").asString(), "status", "on"))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void thePageHasAStream() {
        PageBlock page = PageBlock.of("docs/security-events.md", "stream");
        Wire receiver = receiverNamed(Scene.name("receiver"));

        Answer created = receiver.post("/ssf/v1/stream", page.text());

        assertThat(created.status()).as(created.text()).isEqualTo(201);
        assertThat(created.json().path("events_delivered").size()).isEqualTo(2);
        assertThat(receiver.delete("/ssf/v1/stream?stream_id="
                                + created.json().path("stream_id").asString())
                        .status())
                .isEqualTo(204);
    }

    @Test
    void theMetadataSaysWhereEverythingIs() {
        JsonNode metadata =
                scene.anonymous().get("/.well-known/ssf-configuration").json();

        assertThat(metadata.path("issuer").asString()).isEqualTo(BrokerTest.ISSUER);
        assertThat(metadata.path("spec_version").asString()).isEqualTo("1_0");
        assertThat(metadata.path("default_subjects").asString()).isEqualTo("ALL");
        assertThat(metadata.path("configuration_endpoint").asString()).isEqualTo(BrokerTest.ISSUER + "/ssf/v1/stream");
        assertThat(metadata.at("/authorization_schemes/0/spec_urn").asString()).isEqualTo("urn:ietf:rfc:6750");
    }

    private static boolean isRevoked(JsonNode event, String agent) {
        return event.path("events").has(SESSION_REVOKED) && event.toString().contains("\"agent:" + agent + "\"");
    }

    private static Map<String, Object> push(String url) {
        return Map.of("delivery", Map.of("method", PUSH, "endpoint_url", url));
    }

    private static Map<String, Object> pushTo(String path) {
        return push("http://127.0.0.1:" + RECEIVER.getAddress().getPort() + path);
    }

    private Wire receiverNamed(String name) {
        return scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        name,
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.receiver"))));
    }

    private JsonNode created(Wire receiver, Map<String, Object> body) {
        Answer created = receiver.post("/ssf/v1/stream", body);
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        String id = created.json().path("stream_id").asString();
        afterwards.add(() -> receiver.delete("/ssf/v1/stream?stream_id=" + id));
        return created.json();
    }

    private static void verify(Wire receiver, JsonNode stream, String state) {
        Answer answer = receiver.post(
                "/ssf/v1/verification",
                Map.of("stream_id", stream.path("stream_id").asString(), "state", state));
        assertThat(answer.status()).as(answer.text()).isEqualTo(204);
    }

    private static JsonNode status(Wire receiver, String id, String status) {
        return receiver.post("/ssf/v1/status", Map.of("stream_id", id, "status", status, "reason", "A test"))
                .json();
    }

    private static Map<String, String> poll(Wire receiver, JsonNode stream, Map<String, Object> body) {
        Answer answer = receiver.post("/ssf/v1/poll/" + stream.path("stream_id").asString(), body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        Map<String, String> sets = new HashMap<>();
        answer.json().path("sets").forEachEntry((jti, set) -> sets.put(jti, set.asString()));
        return sets;
    }

    /** Takes what there is until something of an agent is among it. */
    private List<JsonNode> polledUntil(Wire receiver, JsonNode stream, String agent) {
        List<JsonNode> events = new ArrayList<>();
        List<String> taken = new ArrayList<>();
        await("something of " + agent).atMost(Duration.ofSeconds(60)).until(() -> {
            Map<String, String> sets =
                    poll(receiver, stream, Map.of("returnImmediately", false, "ack", List.copyOf(taken)));
            taken.clear();
            taken.addAll(sets.keySet());
            sets.values().forEach(set -> events.add(claims(set)));
            return events.stream().anyMatch(event -> event.toString().contains("\"agent:" + agent + "\""));
        });
        return events;
    }

    private String agent() {
        String agent = Scene.name("told");
        scene.jwtTool(agent + "-tool", Map.of());
        scene.agent(
                agent,
                agent + "-tool",
                Map.of("on_behalf_of", List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits();
        return agent;
    }

    private JsonNode granted(Map<String, String> form) {
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private void revoke(Map<String, Object> scope) {
        Answer answer = scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", scope, "reason", "stolen", "lock", false));
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
    }

    /** Each once, in the order in which they came. */
    private List<JsonNode> told(String path) {
        return CALLS.stream()
                .filter(call -> call.path().equals(path))
                .map(call -> claims(call.token()))
                .distinct()
                .toList();
    }

    private static String typ(String token) {
        try {
            return JWSObject.parse(token).getHeader().getType().getType();
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }

    /** After a look at the signature, by a published key. */
    private JsonNode claims(String token) {
        try {
            JWSObject jws = JWSObject.parse(token);
            var key = Objects.requireNonNull(
                    JWKSet.parse(scene.keys()).getKeyByKeyId(jws.getHeader().getKeyID()));
            assertThat(jws.verify(new RSASSAVerifier(key.toRSAKey()))).isTrue();
            return Json.mapper().readTree(jws.getPayload().toBytes());
        } catch (ParseException | JOSEException e) {
            throw new AssertionError(e);
        }
    }
}
