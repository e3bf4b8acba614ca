package io.errand.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import io.errand.api.Json;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.text.ParseException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * A running broker with its issuers registered, and everything that a test does with it over HTTP: register, exchange, look at the
 * log and at the target.
 */
public final class Scene {

    public static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    public static final String JWT = "urn:ietf:params:oauth:token-type:jwt";
    public static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private final Wire anonymous;
    private final ScenePolicies policies = new ScenePolicies(
            (name, cedar) -> created(admin().put("/admin/v1/policies/" + name, Map.of("cedar", cedar))));

    public Scene(int port) {
        this(Wire.at(port), true);
    }

    /** @param fresh whether the issuers are to be registered */
    public Scene(Wire anonymous, boolean fresh) {
        this.anonymous = anonymous;
        if (fresh) {
            register();
        }
    }

    private void register() {
        created(admin().put(
                        "/admin/v1/issuers/workloads",
                        Map.of(
                                "issuer", Surroundings.WORKLOADS.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of("errand"),
                                "purpose", "workload")));
        created(admin().put(
                        "/admin/v1/issuers/people",
                        Map.of(
                                "issuer", Surroundings.PEOPLE.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of("errand"),
                                "purpose", "person")));
    }

    /** The same at another replica, where everything is registered already. */
    public Scene through(int port) {
        return new Scene(Wire.at(port), false);
    }

    /** A name that no other test uses. */
    public static String name(String prefix) {
        return prefix + "-" + COUNTER.incrementAndGet();
    }

    public Wire anonymous() {
        return anonymous;
    }

    public Wire admin() {
        return as("errand.admin", "errand.auditor", "errand.operator");
    }

    public Wire as(String... roles) {
        return anonymous.as(Surroundings.PEOPLE.token(
                "root", claims -> claims.audience(BrokerTest.ISSUER + "/admin").claim("roles", List.of(roles))));
    }

    /** Has a person of the group {@code finance} approve what waits, by the digest that was shown. */
    public void approve(JsonNode waiting) {
        decide(waiting, "approve");
    }

    /** The same, with another decision. */
    public void decide(JsonNode waiting, String decision) {
        JsonNode approval = waiting.path("approval");
        Answer answer = anonymous
                .as(Surroundings.PEOPLE.token(
                        "alice",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.approver"))
                                .claim("groups", List.of("finance"))))
                .post(
                        "/admin/v1/approvals/" + approval.path("id").asString(),
                        Map.of(
                                "decision",
                                decision,
                                "digest",
                                approval.path("digest").asString()));
        assertThat(answer.status()).as(waiting + answer.text()).isEqualTo(200);
    }

    /** An agent of that name, identified by its name, which may read and write the tool. */
    public void agent(String name, String tool, Map<String, Object> members) {
        Map<String, Object> agent = new HashMap<>(Map.of(
                "owner",
                "team@example.com",
                "purpose",
                "Do what tests do",
                "identities",
                List.of(Map.of("issuer", "workloads", "subject", name)),
                "task_types",
                List.of("triage"),
                "tools",
                List.of(Map.of("tool", tool, "actions", List.of("read", "write"))),
                "max_ttl",
                "PT15M"));
        agent.putAll(members);
        created(admin().put("/admin/v1/agents/" + name + "?allow_missing=true", agent));
        policies.agent(name);
    }

    /** A tool on the target database. */
    public void postgresTool(String name, Map<String, Object> members) {
        Map<String, Object> tool = new HashMap<>(Map.of(
                "backend", "postgres",
                "actions", List.of("read", "write"),
                "sensitivity", "confidential",
                "environment", "production",
                "config",
                        Map.of(
                                "target",
                                "orders",
                                "roles",
                                Map.of("read", List.of("orders_reader"), "write", List.of("orders_writer")))));
        tool.putAll(members);
        created(admin().put("/admin/v1/tools/" + name, tool));
    }

    /** A tool that trusts the broker's own signature. */
    public void jwtTool(String name, Map<String, Object> members) {
        Map<String, Object> tool = new HashMap<>(Map.of(
                "backend", "jwt",
                "actions", List.of("read", "write"),
                "sensitivity", "internal",
                "environment", "production",
                "config", Map.of("audience", "https://" + name + ".example")));
        tool.putAll(members);
        created(admin().put("/admin/v1/tools/" + name, tool));
    }

    /** A set of policies of a name that no other test uses, in force until the test ends. */
    public void policy(String name, String cedar) {
        policies.set(name, cedar);
    }

    /** The agents of this scene, later ones too, may do whatever their registration allows; this until the test ends. */
    public void permits() {
        permits("permit(principal, action, resource);");
    }

    /** The same by these policies instead of the ones before: what they say of any principal is said of each agent of the scene. */
    public void permits(String cedar) {
        policies.forAgents(cedar);
    }

    /** This one is an agent of the scene, though a test registers it itself. */
    public void hasAgent(String name) {
        policies.agent(name);
    }

    void withdrawPolicies() {
        policies.withdraw(name -> admin().delete("/admin/v1/policies/" + name));
    }

    /** The parameters of a good request for one action of one tool. */
    public static Map<String, String> request(String agent, String tool, String... actions) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", GRANT);
        form.put("subject_token", Surroundings.WORKLOADS.token(agent));
        form.put("subject_token_type", JWT);
        form.put("task", "{\"type\":\"triage\",\"purpose\":\"test\",\"ttl\":\"PT5M\"}");
        form.put(
                "authorization_details",
                Json.mapper()
                        .writeValueAsString(List.of(
                                Map.of("type", "tool_access", "identifier", tool, "actions", List.of(actions)))));
        return form;
    }

    /** The same on behalf of a person, who used the client {@code portal}. */
    public static Map<String, String> requestFor(String person, String agent, String tool, String... actions) {
        Map<String, String> form = request(agent, tool, actions);
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", JWT);
        form.put("subject_token", Surroundings.PEOPLE.token(person, claims -> claims.claim("azp", "portal")));
        return form;
    }

    public Answer exchange(Map<String, String> form) {
        return anonymous.form("/oauth2/token", form);
    }

    /** Ends the task and waits until its credentials are gone. */
    public Answer complete(JsonNode granted) {
        return complete(granted, "wait=20");
    }

    /** Ends the task without waiting: for credentials that nobody can take back, and that a task would wait out. */
    public Answer end(JsonNode granted) {
        return complete(granted, "respond-async");
    }

    private Answer complete(JsonNode granted, String prefer) {
        return anonymous
                .as(granted.path("access_token").asString())
                .with("Prefer", prefer)
                .post(
                        "/v1/tasks/" + granted.path("task").path("id").asString() + "/complete",
                        Map.of("outcome", "succeeded"));
    }

    /** Logs in at the target as the agent would. */
    public static Connection login(JsonNode credential) throws SQLException {
        JsonNode data = credential.path("data");
        return DriverManager.getConnection(
                data.path("jdbc_url").asString(),
                data.path("username").asString(),
                data.path("password").asString());
    }

    /** The broker's published keys (RFC 7517). */
    public String keys() {
        return anonymous.get("/oauth2/jwks").text();
    }

    /** The claims of a JWT that the broker signed, after checking it with the published keys. */
    public JsonNode verified(String jwt) {
        return verified(jwt, keys());
    }

    /** The same with keys that were fetched before. */
    public static JsonNode verified(String jwt, String keys) {
        try {
            JWSObject jws = JWSObject.parse(jwt);
            JWK key = JWKSet.parse(keys).getKeyByKeyId(jws.getHeader().getKeyID());
            if (key != null && jws.verify(new ECDSAVerifier(key.toECKey()))) {
                return Json.mapper().readTree(jws.getPayload().toBytes());
            }
        } catch (ParseException | JOSEException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("not signed with a published key");
    }

    public List<JsonNode> events(String query) {
        return admin().get("/admin/v1/audit?limit=1000&" + query).json().path("items").values().stream()
                .toList();
    }

    private static void created(Answer answer) {
        if (answer.status() != 200 && answer.status() != 201) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
    }
}
