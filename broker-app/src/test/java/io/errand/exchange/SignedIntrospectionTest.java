package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** RFC 9701: whoever was told that a token is live can show later that it was. */
@BrokerTest
class SignedIntrospectionTest {

    private static final String TYPE = "application/token-introspection+jwt";

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;

    SignedIntrospectionTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("identities", List.of(Map.of("issuer", "workloads", "subject", "system:" + tool))));
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void theAnswerIsATokenForTheCallerAboutTheOneItAskedAbout() throws Exception {
        Answer answer = asked(TYPE, credential());
        SignedJWT token = SignedJWT.parse(answer.text());
        JWKSet keys = JWKSet.parse(scene.anonymous().get("/oauth2/jwks").text());
        JsonNode claims = Json.mapper().readTree(token.getPayload().toString());

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo(TYPE);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(token.getHeader().getType()).hasToString("token-introspection+jwt");
        assertThat(token.getHeader().getAlgorithm()).hasToString("ES256");
        assertThat(token.verify(new ECDSAVerifier(
                        keys.getKeyByKeyId(token.getHeader().getKeyID()).toECKey())))
                .isTrue();
        assertThat(claims.propertyNames()).containsExactlyInAnyOrder("iss", "aud", "iat", "token_introspection");
        assertThat(claims.path("iss").asString()).isEqualTo(BrokerTest.ISSUER);
        assertThat(claims.path("aud").asString()).isEqualTo("system:" + tool);
        assertThat(claims.at("/token_introspection/active").asBoolean()).isTrue();
        assertThat(claims.at("/token_introspection/client_id").asString()).isEqualTo(agent);
    }

    @Test
    void ofWhatIsNotLiveItSaysNothingElse() throws Exception {
        SignedJWT token = SignedJWT.parse(asked(TYPE, "garbage").text());

        assertThat(token.getJWTClaimsSet().getClaim("token_introspection")).isEqualTo(Map.of("active", false));
    }

    @Test
    void itIsTakenForNoOtherToken() {
        String told = asked(TYPE, credential()).text();
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", told);

        assertThat(asked("application/json", told).text()).isEqualTo("{\"active\":false}");
        assertThat(scene.anonymous().as(told).get("/v1/tasks/any").status()).isEqualTo(401);
        assertThat(scene.exchange(form).status()).isEqualTo(400);
        assertThat(system().as(told)
                        .form("/oauth2/introspect", Map.of("token", "any"))
                        .status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/token-introspection+jwt | true",
                "application/json, application/token-introspection+jwt | true",
                "application/json;q=0.9, application/token-introspection+jwt;q=0.5 | false",
                "application/token-introspection+jwt;q=0 | false",
                "application/json | false",
                "*/* | false",
                "nonsense | false"
            })
    void whoDoesNotAskForATokenIsAnsweredInJson(String accept, boolean signed) {
        Answer answer = asked(accept, "garbage");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo(signed ? TYPE : "application/json");
    }

    @Test
    void whoMayNotAskIsRefusedInJson() {
        Answer answer = scene.anonymous().with("Accept", TYPE).form("/oauth2/introspect", Map.of("token", "any"));

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.json().path("error").asString()).isEqualTo("invalid_client");
    }

    @Test
    void theMetadataSaysHowItIsSigned() {
        JsonNode metadata =
                scene.anonymous().get("/.well-known/oauth-authorization-server").json();

        assertThat(metadata.path("introspection_signing_alg_values_supported").toString())
                .isEqualTo("[\"ES256\"]");
    }

    private Wire system() {
        return scene.anonymous().as(Surroundings.WORKLOADS.token("system:" + tool));
    }

    private Answer asked(String accept, String token) {
        return system().with("Accept", accept).form("/oauth2/introspect", Map.of("token", token));
    }

    private String credential() {
        return scene.exchange(Scene.request(agent, tool, "read"))
                .json()
                .at("/credentials/0/data/token")
                .asString();
    }
}
