package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSObject;
import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Prover;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/**
 * A client that knows RFC 8693 and nothing of Errand names a tool and passes {@code access_token} on to it: so that is the tool's
 * credential. Asking again is the same task, exactly as long as nothing that a person would call another request has changed.
 */
@BrokerTest
class StandardClientsTest {

    private final String agent = Scene.name("gateway");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final JdbcClient jdbc;

    StandardClientsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(
                tool,
                Map.of(
                        "locations",
                        List.of("https://" + tool + ".example/mcp"),
                        "datatypes",
                        List.of(Map.of("name", "orders", "sensitivity", "internal")),
                        "identities",
                        List.of(Map.of("issuer", "workloads", "subject", "system:" + tool))));
        scene.jwtTool(tool + "-two", Map.of());
        scene.postgresTool(tool + "-db", Map.of());
        register(Map.of());
        scene.permits();
    }

    private void register(Map<String, Object> members) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "tools",
                List.of(
                        Map.of("tool", tool, "actions", List.of("read", "write")),
                        Map.of("tool", tool + "-two", "actions", List.of("read")),
                        Map.of("tool", tool + "-db", "actions", List.of("read"))),
                "on_behalf_of",
                List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        all.putAll(members);
        scene.agent(agent, tool, all);
    }

    private Map<String, String> request() {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.remove("task");
        form.remove("authorization_details");
        form.put("audience", tool);
        form.put("scope", tool + ":read");
        return form;
    }

    private Map<String, String> requestFor(String person) {
        Map<String, String> form = request();
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", Surroundings.PEOPLE.token(person, claims -> claims.claim("azp", "portal")));
        return form;
    }

    private JsonNode granted(Map<String, String> form) {
        return granted(BusyService.ask(() -> scene.exchange(form)));
    }

    private static JsonNode granted(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static String task(JsonNode granted) {
        return granted.path("task").path("id").asString();
    }

    private JsonNode credential(JsonNode granted) {
        return scene.verified(granted.path("access_token").asString());
    }

    @TestFactory
    Stream<DynamicTest> theAccessTokenIsTheCredentialOfTheToolThatIsNamed() {
        return Stream.of(
                        Map.entry("audience", tool),
                        Map.entry("resource", BrokerTest.ISSUER + "/tools/" + tool),
                        Map.entry("resource", "https://" + tool + ".example/mcp"),
                        Map.entry("scope", tool + ":read"))
                .map(named -> DynamicTest.dynamicTest(named.getKey() + " " + named.getValue(), () -> {
                    Map<String, String> form = request();
                    form.remove("audience");
                    form.remove("scope");
                    form.put(named.getKey(), named.getValue());

                    JsonNode granted = granted(form);

                    JsonNode claims = credential(granted);
                    assertThat(claims.path("aud").asString()).isEqualTo("https://" + tool + ".example");
                    assertThat(claims.path("client_id").asString()).isEqualTo(agent);
                    assertThat(granted.path("issued_token_type").asString()).isEqualTo(Scene.ACCESS_TOKEN);
                    assertThat(granted.path("token_type").asString()).isEqualTo("Bearer");
                    assertThat(granted.path("scope").asString()).contains(tool + ":read");
                    assertThat(granted.path("expires_in").asLong()).isBetween(800L, 900L);
                    assertThat(granted.has("task_token")).isFalse();
                    assertThat(introspected(granted).path("active").asBoolean()).isTrue();
                }));
    }

    @Test
    void theIssuedTypeIsTheOneThatWasAskedFor() {
        Map<String, String> form = request();
        form.put("requested_token_type", Scene.JWT);

        assertThat(granted(form).path("issued_token_type").asString()).isEqualTo(Scene.JWT);
    }

    @Test
    void whoDeclaresATaskGetsItsTokenBeside() {
        Map<String, String> form = request();
        form.put("task", "{\"type\":\"triage\",\"purpose\":\"test\"}");

        JsonNode granted = granted(form);

        assertThat(credential(granted).path("aud").asString()).isEqualTo("https://" + tool + ".example");
        assertThat(scene.verified(granted.path("task_token").asString())
                        .path("aud")
                        .asString())
                .isEqualTo(BrokerTest.ISSUER);
        assertThat(task(granted(form))).isNotEqualTo(task(granted));
    }

    @Test
    void moreForADeclaredTaskIsTheCredentialToo() {
        Map<String, String> declared = request();
        declared.put("task", "{\"type\":\"triage\"}");
        JsonNode first = granted(declared);
        Map<String, String> more = request();
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", first.path("task_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);

        JsonNode second = granted(more);

        assertThat(task(second)).isEqualTo(task(first));
        assertThat(credential(second).path("aud").asString()).isEqualTo("https://" + tool + ".example");
        assertThat(credential(second).path("jti"))
                .isNotEqualTo(credential(first).path("jti"));
    }

    @Test
    void twoToolsOrAnotherBackendAreAnsweredWithTheTaskToken() {
        Map<String, String> two = request();
        two.remove("scope");
        two.remove("audience");
        Map<String, String> database = new HashMap<>(two);
        two.put("scope", tool + ":read " + tool + "-two:read");
        database.put("audience", tool + "-db");

        for (Map<String, String> form : List.of(two, database)) {
            JsonNode granted = granted(form);
            assertThat(credential(granted).path("aud").asString()).isEqualTo(BrokerTest.ISSUER);
            assertThat(granted.has("task_token")).isFalse();
            scene.end(granted);
        }
    }

    @Test
    void whoAsksAgainIsInTheSameTaskAndItsLeaseIsSignedAgain() {
        JsonNode first = granted(request());
        JsonNode again = granted(request());

        assertThat(task(again)).isEqualTo(task(first));
        assertThat(credential(again).path("jti")).isEqualTo(credential(first).path("jti"));
        assertThat(credential(again).path("exp")).isEqualTo(credential(first).path("exp"));
        assertThat(credential(again)
                        .path("status")
                        .path("status_list")
                        .path("uri")
                        .asString())
                .contains("/oauth2/status/");
        assertThat(credential(again).path("status")).isEqualTo(credential(first).path("status"));
        assertThat(leases(first)).isEqualTo(1);
        // Decided and recorded each time.
        List<JsonNode> events = scene.events("kind=exchange.granted&task=" + task(first));
        assertThat(events).hasSize(2);
        assertThat(events)
                .allSatisfy(
                        event -> assertThat(event.path("details").path("steps").toString())
                                .contains("\"permit\""));
    }

    @Test
    void pastHalfItsLifeTheLeaseIsReplacedWithinTheTask() {
        JsonNode first = granted(request());
        jdbc.sql("UPDATE lease SET created_at = created_at - interval '1 hour' WHERE id = :id::uuid")
                .param("id", credential(first).path("jti").asString())
                .update();

        JsonNode again = granted(request());

        assertThat(task(again)).isEqualTo(task(first));
        assertThat(credential(again).path("jti")).isNotEqualTo(credential(first).path("jti"));
        // Others may hold it: it ends at its own end, and with the task.
        assertThat(introspected(first).path("active").asBoolean()).isTrue();
        assertThat(credential(granted(request())).path("jti"))
                .isEqualTo(credential(again).path("jti"));
    }

    /** Two requests that differ in one thing. */
    private record Differ(String in, Callable<JsonNode> first, Callable<JsonNode> second) {}

    @TestFactory
    Stream<DynamicTest> neverTheSameTask() {
        Prover one = new Prover();
        Prover other = new Prover();
        return Stream.of(
                        new Differ("person", () -> granted(requestFor("ann")), () -> granted(requestFor("bob"))),
                        new Differ(
                                "for a person or itself", () -> granted(request()), () -> granted(requestFor("ann"))),
                        new Differ("cnf", () -> bound(one), () -> bound(other)),
                        new Differ("bound or not", () -> bound(one), () -> granted(request())),
                        new Differ("fingerprint", () -> granted(request()), () -> {
                            register(Map.of("fingerprint", Map.of("model", "m-2")));
                            return granted(request());
                        }),
                        new Differ("ceiling", () -> granted(request()), () -> {
                            register(Map.of(
                                    "tools",
                                    List.of(Map.of("tool", tool, "actions", List.of("read"))),
                                    "max_ttl",
                                    "PT9M"));
                            return granted(request());
                        }),
                        new Differ("binding", () -> granted(request()), () -> {
                            scene.jwtTool(tool, Map.of("config", Map.of("audience", "https://" + tool + ".example/2")));
                            return granted(request());
                        }),
                        new Differ("actions", () -> granted(request()), () -> {
                            Map<String, String> form = request();
                            form.put("scope", tool + ":read " + tool + ":write");
                            return granted(form);
                        }),
                        new Differ("tool", () -> granted(request()), () -> {
                            Map<String, String> form = request();
                            form.put("audience", tool + "-two");
                            form.put("scope", tool + "-two:read");
                            return granted(form);
                        }),
                        new Differ("consumed approval", this::approved, this::approved),
                        new Differ("Idempotency-Key", () -> keyed("a-" + tool), () -> keyed("b-" + tool)),
                        new Differ("Idempotency-Key after", () -> granted(request()), () -> keyed("c-" + tool)),
                        new Differ("Idempotency-Key before", () -> keyed("d-" + tool), () -> granted(request())),
                        new Differ("identity", () -> granted(request()), () -> {
                            String second = agent + "-b";
                            register(Map.of(
                                    "identities",
                                    List.of(
                                            Map.of("issuer", "workloads", "subject", agent),
                                            Map.of("issuer", "workloads", "subject", second))));
                            granted(request());
                            Map<String, String> form = request();
                            form.put("subject_token", Surroundings.WORKLOADS.token(second));
                            return granted(form);
                        }))
                .map(differ -> DynamicTest.dynamicTest(differ.in(), () -> {
                    registered();

                    JsonNode first = differ.first().call();
                    JsonNode second = differ.second().call();

                    assertThat(task(second)).isNotEqualTo(task(first));
                    assertThat(credential(second).path("jti"))
                            .isNotEqualTo(credential(first).path("jti"));
                    assertThat(first.has("task_token") || second.has("task_token"))
                            .isFalse();
                }));
    }

    private JsonNode bound(Prover holder) {
        String nonce = scene.anonymous().with("DPoP", "x").get("/v1/tasks/x").header("DPoP-Nonce");
        JsonNode granted = granted(scene.anonymous()
                .with("DPoP", holder.proof("POST", "/oauth2/token", nonce, null))
                .form("/oauth2/token", request()));
        assertThat(granted.path("token_type").asString()).isEqualTo("DPoP");
        assertThat(credential(granted).path("cnf").path("jkt").asString()).isEqualTo(holder.thumbprint());
        return granted;
    }

    private JsonNode keyed(String key) {
        return granted(scene.anonymous().with("Idempotency-Key", key).form("/oauth2/token", request()));
    }

    private JsonNode approved() {
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
        try {
            Map<String, String> form = request();
            form.put("completion_mode", "deferred");
            JsonNode waiting = scene.exchange(form).json();
            scene.approve(waiting);
            Map<String, String> poll = request();
            poll.keySet().removeAll(Set.of("audience", "scope"));
            poll.put("grant_type", "urn:ietf:params:oauth:grant-type:deferred");
            poll.put("deferral_code", waiting.path("deferral_code").asString());
            JsonNode collected = granted(poll);
            assertThat(collected.has("task_token"))
                    .as("who asks as standard clients do gets the tool's credential, later too")
                    .isFalse();
            assertThat(collected.path("access_token").asString())
                    .isEqualTo(collected
                            .path("credentials")
                            .path(0)
                            .path("data")
                            .path("token")
                            .asString());
            return collected;
        } finally {
            scene.permits();
        }
    }

    @Test
    void sixteenAtOnceAreOneTask() throws Exception {
        Set<String> tasks = new HashSet<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(16)) {
            List<Callable<JsonNode>> calls = Stream.generate(this::request)
                    .limit(16)
                    .map(form -> (Callable<JsonNode>) () -> granted(form))
                    .toList();
            for (Future<JsonNode> done : clients.invokeAll(calls)) {
                tasks.add(task(done.get()));
            }
        }

        assertThat(tasks).hasSize(1);
        assertThat(jdbc.sql("SELECT count(*) FROM task WHERE agent = :agent")
                        .param("agent", agent)
                        .query(Long.class)
                        .single())
                .isEqualTo(1);
    }

    @Test
    void revokingTheCredentialEndsTheTaskThatNobodyHolds() {
        JsonNode granted = granted(request());
        revoke(granted, Scene.name("stranger"));
        assertThat(introspected(granted).path("active").asBoolean()).isTrue();

        revoke(granted, agent);

        assertThat(introspected(granted).path("active").asBoolean()).isFalse();
        assertThat(state(granted)).isEqualTo("cancelled");
        assertThat(task(granted(request()))).isNotEqualTo(task(granted));
    }

    @Test
    void revokingTheCredentialOfADeclaredTaskEndsItAlone() {
        Map<String, String> form = request();
        form.put("task", "{\"type\":\"triage\"}");
        JsonNode granted = granted(form);

        revoke(granted, agent);

        assertThat(introspected(granted).path("active").asBoolean()).isFalse();
        assertThat(state(granted)).isEqualTo("active");
    }

    @Test
    void aLockIsSeenWhoeverAsksAgain() {
        JsonNode granted = granted(request());
        Wire operator = scene.as("errand.operator", "errand.admin");
        Answer locked = operator.post(
                "/admin/v1/revocations", Map.of("scope", Map.of("agent", agent), "reason", "test", "lock", true));
        assertThat(locked.status()).as(locked.text()).isEqualTo(202);

        Answer refused = scene.exchange(request());

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(introspected(granted).path("active").asBoolean()).isFalse();
    }

    @Test
    void whatPolicySaysNowCountsForWhoAsksAgain() {
        JsonNode granted = granted(request());
        scene.permits("@max_ttl(\"PT1M\") permit(principal, action, resource);");

        JsonNode again = granted(request());

        assertThat(again.path("expires_in").asLong()).isLessThanOrEqualTo(60);
        assertThat(task(again)).isEqualTo(task(granted));
    }

    @Test
    void policySeesWhetherTheTaskWasDeclared() {
        scene.permits(
                "permit(principal, action, resource); forbid(principal, action, resource) unless { context.task.declared };");
        Map<String, String> declared = request();
        declared.put("task", "{\"type\":\"triage\"}");

        assertThat(scene.exchange(request()).json().path("error").asString()).isEqualTo("access_denied");
        granted(declared);
    }

    /** The person's token is this request's: what it grants ends with it (P3). */
    @Test
    void whatIsGivenOutAgainEndsWithThePersonsTokenOfNow() {
        JsonNode first = granted(requestFor("ann"));
        Map<String, String> shorter = requestFor("ann");
        shorter.put(
                "subject_token",
                Surroundings.PEOPLE.token(
                        "ann",
                        claims -> claims.claim("azp", "portal")
                                .expirationTime(java.util.Date.from(
                                        java.time.Instant.now().plusSeconds(30)))));

        JsonNode again = granted(shorter);

        assertThat(task(again)).isEqualTo(task(first));
        assertThat(again.path("expires_in").asLong()).isLessThanOrEqualTo(30);
    }

    @Test
    void nobodyTakesUpAnImplicitTaskByItsCredential() throws Exception {
        JsonNode granted = granted(request());
        Map<String, String> form = request();
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", granted.path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);

        Answer refused = scene.exchange(form);

        assertThat(refused.json().path("error").asString()).isEqualTo("invalid_request");
        assertThat(JWSObject.parse(granted.path("access_token").asString())
                        .getHeader()
                        .getKeyID())
                .isNotEmpty();
    }

    private void revoke(JsonNode granted, String who) {
        Answer answer = scene.anonymous()
                .as(Surroundings.WORKLOADS.token(who))
                .form(
                        "/oauth2/revoke",
                        Map.of("token", granted.path("access_token").asString()));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private JsonNode introspected(JsonNode granted) {
        return scene.as("errand.introspect")
                .form(
                        "/oauth2/introspect",
                        Map.of("token", granted.path("access_token").asString()))
                .json();
    }

    private String state(JsonNode granted) {
        return jdbc.sql("SELECT state FROM task WHERE id = :id::uuid")
                .param("id", task(granted))
                .query(String.class)
                .single();
    }

    private long leases(JsonNode granted) {
        return jdbc.sql("SELECT count(*) FROM lease WHERE task_id = :id::uuid")
                .param("id", task(granted))
                .query(Long.class)
                .single();
    }
}
