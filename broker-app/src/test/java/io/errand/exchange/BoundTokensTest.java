package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Prover;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** DPoP (RFC 9449): a task token that is bound to a key is worth nothing without it, wherever it is shown. */
@BrokerTest
class BoundTokensTest {

    private static final String TOKEN = "/oauth2/token";

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Prover holder = new Prover();
    private final Scene scene;
    private final Refusals refusals;

    BoundTokensTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void theTaskTokenOfAProofIsBoundToItsKey() {
        Answer answer = granted();

        JsonNode token = answer.json();
        assertThat(token.path("token_type").asString()).isEqualTo("DPoP");
        assertThat(scene.verified(token.path("access_token").asString())
                        .path("cnf")
                        .path("jkt")
                        .asString())
                .isEqualTo(holder.thumbprint());
        assertThat(answer.header("DPoP-Nonce")).isNotEmpty();
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }

    /** RFC 7800 §3: who stole the credential has not the key. */
    @Test
    void aCredentialOfABoundTaskNamesTheSameKeyAndOneOfAnotherNone() {
        JsonNode bound = credential(granted().json());
        JsonNode bearer =
                credential(scene.exchange(Scene.request(agent, tool, "read")).json());

        assertThat(bound.path("cnf").path("jkt").asString()).isEqualTo(holder.thumbprint());
        assertThat(bearer.has("cnf")).isFalse();
    }

    private JsonNode credential(JsonNode granted) {
        return scene.verified(
                granted.path("credentials").path(0).path("data").path("token").asString());
    }

    @Test
    void withItsKeyItIsGoodAtEveryDoor() {
        JsonNode granted = granted().json();
        String lease = granted.path("credentials").path(0).path("lease_id").asString();

        Answer task = at(holder, granted, "GET", path(granted), w -> w.get(path(granted)));
        Answer renewed = at(
                holder,
                granted,
                "POST",
                "/v1/leases/" + lease + "/renew",
                w -> w.post("/v1/leases/" + lease + "/renew", Map.of()));
        Answer ended =
                at(holder, granted, "POST", path(granted) + "/cancel", w -> w.post(path(granted) + "/cancel", ""));

        assertThat(task.status()).as(task.text()).isEqualTo(200);
        assertThat(renewed.status()).as(renewed.text()).isNotEqualTo(401);
        assertThat(ended.status()).as(ended.text()).isIn(200, 202);
    }

    @Test
    void introspectionSaysWhatItIsBoundTo() {
        String token = granted().json().path("access_token").asString();

        JsonNode seen = scene.as("errand.introspect")
                .form("/oauth2/introspect", Map.of("token", token))
                .json();

        assertThat(seen.path("active").asBoolean()).isTrue();
        assertThat(seen.path("token_type").asString()).isEqualTo("DPoP");
        assertThat(seen.path("cnf").path("jkt").asString()).isEqualTo(holder.thumbprint());
    }

    /** One wrong proof at the token endpoint. */
    private record Wrong(String name, Function<String, String> proof, String error, String reason) {}

    @TestFactory
    Stream<DynamicTest> wrongProofsForANewTask() {
        return wrong().stream()
                .map(one -> DynamicTest.dynamicTest(one.name(), () -> {
                    Map<String, String> form = Scene.request(agent, tool, "read");
                    String proof = one.proof().apply(nonce());

                    Answer answer = refusals.assertRefused(
                            new Expected(400, one.error(), one.reason()),
                            () -> scene.anonymous().with("DPoP", proof).form(TOKEN, form));

                    assertThat(answer.header("DPoP-Nonce")).isNotEmpty();
                }));
    }

    private List<Wrong> wrong() {
        String bad = "invalid_dpop_proof";
        Map<String, Object> secret = Map.of("kty", "oct", "k", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        return List.of(
                new Wrong("nothing", nonce -> "x", bad, "token_malformed"),
                new Wrong("too large", nonce -> "x".repeat(8_193), bad, "token_too_large"),
                header("no typ", h -> h.remove("typ"), "proof_type"),
                header("typ of any JWT", h -> h.put("typ", "JWT"), "proof_type"),
                header("no jwk", h -> h.remove("jwk"), "proof_key"),
                header("jwk that is text", h -> h.put("jwk", "x"), "proof_key"),
                header("private jwk", h -> h.put("jwk", holder.key().toJSONObject()), "proof_key"),
                header("symmetric jwk", h -> h.putAll(Map.of("jwk", secret, "alg", "HS256")), "proof_key"),
                header("alg none", h -> h.put("alg", "none"), "algorithm_refused"),
                header("alg HMAC with the public key", h -> h.put("alg", "HS256"), "algorithm_refused"),
                header("alg of another kind of key", h -> h.put("alg", "RS256"), "algorithm_refused"),
                header("another's jwk", h -> h.put("jwk", publicOf(new Prover())), "signature_invalid"),
                header("jwk off the curve", h -> h.put("jwk", offTheCurve()), "proof_key"),
                header("crit", h -> h.put("crit", List.of("x")), "header_critical"),
                header("x5c", h -> h.put("x5c", List.of("MIIB")), "header_key"),
                header("jku", h -> h.put("jku", "https://attacker.example/jwks"), "header_key"),
                claim("another method", c -> c.put("htm", "GET"), "proof_method"),
                claim("method in lower case", c -> c.put("htm", "post"), "proof_method"),
                claim("no htu", c -> c.remove("htu"), "proof_target"),
                claim("another path", c -> c.put("htu", BrokerTest.ISSUER + "/oauth2/revoke"), "proof_target"),
                claim("another host", c -> c.put("htu", "https://errand.test.evil/oauth2/token"), "proof_target"),
                claim("the plain scheme", c -> c.put("htu", "http://errand.test/oauth2/token"), "proof_target"),
                claim("a user in htu", c -> c.put("htu", "https://a@errand.test/oauth2/token"), "proof_target"),
                claim("no iat", c -> c.remove("iat"), "proof_time"),
                claim("iat as text", c -> c.put("iat", String.valueOf(now())), "proof_time"),
                claim("iat too old", c -> c.put("iat", now() - 121), "proof_time"),
                claim("iat in the future", c -> c.put("iat", now() + 120), "proof_time"),
                claim("no jti", c -> c.remove("jti"), "proof_id"),
                claim("jti of 256 characters", c -> c.put("jti", "x".repeat(256)), "proof_id"),
                new Wrong("no nonce", nonce -> proof(null, h -> {}, c -> {}), "use_dpop_nonce", "proof_nonce"),
                new Wrong("nonce of nobody", nonce -> proof("x", h -> {}, c -> {}), "use_dpop_nonce", "proof_nonce"));
    }

    private Wrong header(String name, Consumer<Map<String, Object>> change, String reason) {
        return new Wrong(name, nonce -> proof(nonce, change, c -> {}), "invalid_dpop_proof", reason);
    }

    private Wrong claim(String name, Consumer<Map<String, Object>> change, String reason) {
        return new Wrong(name, nonce -> proof(nonce, h -> {}, change), "invalid_dpop_proof", reason);
    }

    private String proof(
            @Nullable String nonce, Consumer<Map<String, Object>> header, Consumer<Map<String, Object>> claims) {
        return holder.proof("POST", TOKEN, nonce, null, header, claims);
    }

    @Test
    void theSameProofIsGoodOnce() {
        String proof = holder.proof("POST", TOKEN, nonce(), null);
        Wire wire = scene.anonymous().with("DPoP", proof);
        Answer first = wire.form(TOKEN, Scene.request(agent, tool, "read"));

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        refusals.assertRefused(
                new Expected(400, "invalid_dpop_proof", "proof_replayed"),
                () -> wire.form(TOKEN, Scene.request(agent, tool, "read")));
    }

    @Test
    void theAddressMayBeSpelledInAnyOfItsWays() {
        String proof = proof(nonce(), h -> {}, c -> c.put("htu", "HTTPS://ERRAND.test:443/oauth2/%74oken?x=1#y"));

        Answer answer = scene.anonymous().with("DPoP", proof).form(TOKEN, Scene.request(agent, tool, "read"));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    @Test
    void aClientThatMustRepeatWithANonceHasNotUsedUpItsProofOrItsAssertion() {
        String assertion = Surroundings.WORKLOADS.token(agent, c -> c.audience(BrokerTest.ISSUER));
        Map<String, String> form = ClientAssertionsTest.clientCredentials(agent, tool, assertion);

        Answer told = scene.anonymous()
                .with("DPoP", holder.proof("POST", TOKEN, null, null))
                .form(TOKEN, form);
        Answer granted = scene.anonymous()
                .with("DPoP", holder.proof("POST", TOKEN, told.header("DPoP-Nonce"), null))
                .form(TOKEN, form);

        assertThat(told.json().path("error").asString()).isEqualTo("use_dpop_nonce");
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
    }

    @TestFactory
    Stream<DynamicTest> aStolenTokenOpensNoDoor() {
        JsonNode granted = granted().json();
        String token = granted.path("access_token").asString();
        String path = path(granted);
        Prover thief = new Prover();
        return Stream.of(
                        stolen("as bearer", nonce -> scene.anonymous().as(token), "invalid_token"),
                        stolen(
                                "as bearer with the thief's proof",
                                nonce -> scene.anonymous()
                                        .as(token)
                                        .with("DPoP", thief.proof("GET", path, nonce, token)),
                                "invalid_token"),
                        stolen("without proof", nonce -> dpop(token), "invalid_token"),
                        stolen(
                                "with the thief's key",
                                nonce -> dpop(token).with("DPoP", thief.proof("GET", path, nonce, token)),
                                "invalid_token"),
                        stolen(
                                "with a proof of another token",
                                nonce -> dpop(token).with("DPoP", holder.proof("GET", path, nonce, "x")),
                                "invalid_dpop_proof"),
                        stolen(
                                "with a proof of no token",
                                nonce -> dpop(token).with("DPoP", holder.proof("GET", path, nonce, null)),
                                "invalid_dpop_proof"),
                        stolen(
                                "with a proof for another request",
                                nonce -> dpop(token).with("DPoP", holder.proof("POST", path, nonce, token)),
                                "invalid_dpop_proof"),
                        stolen(
                                "without nonce",
                                nonce -> dpop(token).with("DPoP", holder.proof("GET", path, null, token)),
                                "use_dpop_nonce"))
                .map(one -> DynamicTest.dynamicTest(one.name(), () -> {
                    Answer answer = one.request().apply(nonce()).get(path);

                    assertThat(answer.status()).as(answer.text()).isEqualTo(401);
                    assertThat(answer.header("WWW-Authenticate"))
                            .startsWith(
                                    "DPoP error=\"" + one.error() + "\", algs=\"ES256 PS256 RS256 EdDSA Ed25519\", ");
                }));
    }

    private record Stolen(String name, Function<String, Wire> request, String error) {}

    private static Stolen stolen(String name, Function<String, Wire> request, String error) {
        return new Stolen(name, request, error);
    }

    @Test
    void aProofIsGoodOnceAtADoorToo() {
        JsonNode granted = granted().json();
        String token = granted.path("access_token").asString();
        Wire wire = dpop(token).with("DPoP", holder.proof("GET", path(granted), nonce(), token));

        assertThat(wire.get(path(granted)).status()).isEqualTo(200);
        Answer again = wire.get(path(granted));

        assertThat(again.status()).isEqualTo(401);
        assertThat(again.header("WWW-Authenticate")).startsWith("DPoP error=\"invalid_dpop_proof\"");
        assertThat(scene.events("task=" + granted.path("task").path("id").asString()))
                .anySatisfy(event -> {
                    assertThat(event.path("kind").asString()).isEqualTo("task.token_refused");
                    assertThat(event.path("details").path("reason").asString()).isEqualTo("proof_replayed");
                });
    }

    @Test
    void anUnboundTokenIsNoDpopToken() {
        JsonNode granted = scene.exchange(Scene.request(agent, tool, "read")).json();
        String token = granted.path("access_token").asString();

        Answer answer = dpop(token)
                .with("DPoP", holder.proof("GET", path(granted), nonce(), token))
                .get(path(granted));

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer error=\"invalid_token\"");
    }

    @Test
    void moreForTheTaskIsBoundToTheSameKey() {
        JsonNode first = granted().json();

        Answer more = scene.anonymous()
                .with("DPoP", holder.proof("POST", TOKEN, nonce(), null))
                .form(TOKEN, more(first));

        assertThat(more.status()).as(more.text()).isEqualTo(200);
        assertThat(more.json().path("token_type").asString()).isEqualTo("DPoP");
        assertThat(scene.verified(more.json().path("access_token").asString())
                        .path("cnf")
                        .path("jkt")
                        .asString())
                .isEqualTo(holder.thumbprint());
    }

    @Test
    void reExchangeShedsNoBindingAndAddsNone() {
        JsonNode bound = granted().json();
        JsonNode unbound = scene.exchange(Scene.request(agent, tool, "read")).json();

        refusals.assertRefused(Expected.invalidRequest("binding_mismatch"), () -> scene.exchange(more(bound)));
        refusals.assertRefused(
                Expected.invalidRequest("binding_mismatch"),
                () -> scene.anonymous()
                        .with("DPoP", new Prover().proof("POST", TOKEN, nonce(), null))
                        .form(TOKEN, more(bound)));
        refusals.assertRefused(
                Expected.invalidRequest("binding_added_later"),
                () -> scene.anonymous()
                        .with("DPoP", holder.proof("POST", TOKEN, nonce(), null))
                        .form(TOKEN, more(unbound)));
    }

    @Test
    void aPolicyThatRequiresItIsSatisfiedByItAloneAndSoIsARenewal() {
        String strict = Scene.name("strict");
        scene.jwtTool(strict, Map.of());
        scene.agent(agent, strict, Map.of());
        scene.permits("@require_dpop permit(principal, action, resource == Errand::Tool::\"" + strict + "\");"
                + " permit(principal, action, resource) unless { resource == Errand::Tool::\"" + strict
                + "\" };");

        refusals.assertRefused(
                new Expected(400, "access_denied", "policy_dpop_required"),
                () -> scene.exchange(Scene.request(agent, strict, "read")));
        Answer bound = scene.anonymous()
                .with("DPoP", holder.proof("POST", TOKEN, nonce(), null))
                .form(TOKEN, Scene.request(agent, strict, "read"));
        String renew = "/v1/leases/"
                + bound.json().path("credentials").path(0).path("lease_id").asString() + "/renew";
        Answer renewed = at(holder, bound.json(), "POST", renew, w -> w.post(renew, Map.of()));

        assertThat(bound.status()).as(bound.text()).isEqualTo(200);
        assertThat(renewed.text()).doesNotContain("access-denied");
    }

    @Test
    void whoeverRepeatsWithAnotherKeyDoesNotGetWhatTheFirstMade() {
        Map<String, String> form = Scene.request(agent, tool, "read");
        String key = Scene.name("key");
        JsonNode first = scene.anonymous()
                .with("DPoP", holder.proof("POST", TOKEN, nonce(), null))
                .with("Idempotency-Key", key)
                .form(TOKEN, form)
                .json();

        JsonNode second = scene.anonymous()
                .with("DPoP", new Prover().proof("POST", TOKEN, nonce(), null))
                .with("Idempotency-Key", key)
                .form(TOKEN, form)
                .json();

        assertThat(second.path("task").path("id"))
                .isNotEqualTo(first.path("task").path("id"));
    }

    private Answer granted() {
        Answer answer = scene.anonymous()
                .with("DPoP", holder.proof("POST", TOKEN, nonce(), null))
                .form(TOKEN, Scene.request(agent, tool, "read"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer;
    }

    /** Asks for more with the task's token. */
    private Map<String, String> more(JsonNode granted) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.remove("task");
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", granted.path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return form;
    }

    private Answer at(Prover prover, JsonNode granted, String method, String path, Function<Wire, Answer> request) {
        String token = granted.path("access_token").asString();
        return request.apply(dpop(token).with("DPoP", prover.proof(method, path, nonce(), token)));
    }

    private Wire dpop(String token) {
        return scene.anonymous().with("Authorization", "DPoP " + token);
    }

    private String nonce() {
        return scene.anonymous().with("DPoP", "x").get("/v1/tasks/x").header("DPoP-Nonce");
    }

    private static String path(JsonNode granted) {
        return "/v1/tasks/" + granted.path("task").path("id").asString();
    }

    private static Map<String, Object> publicOf(Prover prover) {
        return prover.key().toPublicJWK().toJSONObject();
    }

    private Map<String, Object> offTheCurve() {
        Map<String, Object> jwk = publicOf(holder);
        jwk.put("y", jwk.get("x"));
        return jwk;
    }

    private static long now() {
        return java.time.Instant.now().getEpochSecond();
    }
}
