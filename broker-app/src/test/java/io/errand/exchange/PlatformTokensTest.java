package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Page;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/**
 * What the pages of {@code docs/identities} say of a platform is so: a token of its shape, signed with a key of the test's own, is
 * exchanged through the issuer and the agent of the page, of which nothing is changed but where the keys are and which tool it is.
 */
@BrokerTest
class PlatformTokensTest {

    private static final JWK RSA = rsa();
    private static final JWK P384 = p384();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final String tool = Scene.name("orders");
    private final int port;
    private final Scene scene;
    private final Refusals refusals;

    PlatformTokensTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.port = port;
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.permits();
    }

    static Stream<PlatformToken> tokens() {
        return PlatformToken.all().stream();
    }

    @ParameterizedTest
    @MethodSource("tokens")
    void aTokenOfThePlatformIsExchangedThroughThePage(PlatformToken platform) throws Exception {
        Page page = Page.of(platform.page());
        Map<String, Object> issuer = page.issuer(platform.issuer());
        register(platform, issuer);
        String agent = agent(platform, page.agent());
        String token = token(platform, issuer, new HashMap<>());
        if (page.asksForToken().isPresent()) {
            assertThat(shell(token).print(page.asksForToken().orElseThrow())).isEqualTo(token);
        }

        Answer answer = scene.exchange(form(platform, agent, token));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode claims = scene.verified(Family.token(answer.json()));
        assertThat(claims.path("client_id").asString()).isEqualTo(agent);
        assertThat(claims.path("sub").asString())
                .isEqualTo(
                        platform.isOfPerson()
                                ? "person:" + platform.issuer() + ":"
                                        + platform.claims().get("sub")
                                : "agent:" + agent);
        Map<String, Object> wrong = new HashMap<>();
        wrong.put("wrong", true);
        refusals.assertRefused(
                Refusals.Expected.invalidRequest(platform.reason()),
                () -> scene.exchange(form(platform, agent, token(platform, issuer, wrong))));
        scene.end(answer.json());
        String fresh = token(platform, issuer, new HashMap<>());
        if (page.exchange(fresh).isPresent()) {
            shown(page, fresh);
        }
        gone(agent);
    }

    /** The commands of the page do the same. */
    private void shown(Page page, String token) throws IOException, InterruptedException {
        JsonNode answer = Json.mapper()
                .readTree(shell(token).print(page.exchange(token).orElseThrow().replace("orders-db", tool)));

        assertThat(answer.path("credentials").size()).as(answer.toString()).isEqualTo(1);
        scene.end(answer);
    }

    private PageShell shell(String token) {
        return new PageShell(folder, "http://127.0.0.1:" + port, token);
    }

    @Test
    void noIssuerOfAPageIsWithoutAToken() {
        List<String> here = Stream.concat(
                        PlatformToken.all().stream().map(PlatformToken::issuer), Stream.of("prod-spiffe"))
                .toList();

        for (String name : Page.names()) {
            List<Map<String, Object>> resources = Page.of(name).resources();
            assertThat(resources.stream().filter(resource -> "Issuer".equals(resource.get("kind"))))
                    .as(name)
                    .allMatch(issuer -> here.contains(String.valueOf(issuer.get("name"))));
            assertThat(resources.stream().filter(resource -> "Agent".equals(resource.get("kind"))))
                    .as(name)
                    .hasSizeLessThanOrEqualTo(1);
        }
    }

    /** Its tokens are signed by keys of a bundle, and have no {@code iss}. */
    @Test
    void aJwtSvidIsExchangedThroughThePage() throws Exception {
        Page page = Page.of("spiffe");
        Map<String, Object> issuer = page.issuer("prod-spiffe");
        issuer.put("jwks", Map.of("spiffe_bundle", Surroundings.WORKLOADS.url() + "/bundle"));
        assertThat(scene.admin().put("/admin/v1/issuers/prod-spiffe", issuer).status())
                .isBetween(200, 201);
        String agent = Scene.name("agent");
        Map<String, Object> resource = page.agent();
        put(agent, resource);
        String svid = TestIssuer.sign(
                Surroundings.WORKLOADS.ec(),
                JWSAlgorithm.ES256,
                JOSEObjectType.JWT,
                new JWTClaimsSet.Builder()
                        .subject("spiffe://example.org/ap/invoice-triage")
                        .audience("errand")
                        .expirationTime(java.util.Date.from(Instant.now().plusSeconds(300)))
                        .build());
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", svid);

        Answer answer = scene.exchange(form);

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        scene.end(answer.json());
        shown(page, svid);
        gone(agent);
        assertThat(scene.admin()
                        .delete("/admin/v1/issuers/prod-spiffe?revoke=true")
                        .status())
                .isEqualTo(204);
    }

    private void register(PlatformToken platform, Map<String, Object> issuer) {
        Map<String, Object> resource = new HashMap<>(issuer);
        JWK key = key(platform);
        resource.put("jwks", Map.of("keys", List.of(key.toPublicJWK().toJSONObject())));
        Answer answer = scene.admin().put("/admin/v1/issuers/" + platform.issuer(), resource);
        assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
    }

    private String agent(PlatformToken platform, Map<String, Object> resource) {
        String agent = Scene.name("agent");
        if (platform.isOfPerson()) {
            resource.put("identities", List.of(Map.of("issuer", "workloads", "subject", agent)));
        }
        ((List<?>) resource.getOrDefault("on_behalf_of", List.of()))
                .stream()
                        .filter(of -> of instanceof Map<?, ?> allowed
                                && platform.issuer().equals(allowed.get("issuer")))
                        .findFirst()
                        .ifPresentOrElse(
                                only -> resource.put("on_behalf_of", List.of(only)),
                                () -> resource.remove("on_behalf_of"));
        put(agent, resource);
        return agent;
    }

    private void put(String agent, Map<String, Object> resource) {
        resource.put("name", agent);
        resource.put("tools", List.of(Map.of("tool", tool, "actions", List.of("read"))));
        Answer answer = scene.admin().put("/admin/v1/agents/" + agent, resource);
        scene.hasAgent(agent);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    }

    /** Another test may register the same identity. */
    private void gone(String agent) {
        assertThat(scene.admin()
                        .delete("/admin/v1/agents/" + agent + "?revoke=true")
                        .status())
                .isEqualTo(204);
    }

    private Map<String, String> form(PlatformToken platform, String agent, String token) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        if (platform.isOfPerson()) {
            form.put("actor_token", form.get("subject_token"));
            form.put("actor_token_type", Scene.JWT);
        }
        form.put("subject_token", token);
        form.put("subject_token_type", platform.type());
        return form;
    }

    private static String token(PlatformToken platform, Map<String, Object> issuer, Map<String, Object> how) {
        Map<String, Object> claims = new HashMap<>(platform.claims());
        long now = Instant.now().getEpochSecond();
        long lifetime = claims.get("exp") instanceof Long seconds ? seconds : 300;
        claims.put("iss", issuer.get("issuer"));
        claims.put("iat", now);
        claims.put("nbf", now);
        claims.put("exp", now + lifetime);
        claims.put("jti", UUID.randomUUID().toString());
        if (how.containsKey("wrong")) {
            platform.wrong().accept(claims);
        }
        JOSEObjectType typ = platform.typ() == null ? null : new JOSEObjectType(platform.typ());
        try {
            return TestIssuer.sign(key(platform), JWSAlgorithm.parse(platform.alg()), typ, JWTClaimsSet.parse(claims));
        } catch (ParseException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWK key(PlatformToken platform) {
        return platform.alg().equals("ES384") ? P384 : RSA;
    }

    private static JWK rsa() {
        try {
            return new RSAKeyGenerator(2048).keyID("platform-rsa").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWK p384() {
        try {
            return new ECKeyGenerator(Curve.P_384).keyID("platform-p384").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
