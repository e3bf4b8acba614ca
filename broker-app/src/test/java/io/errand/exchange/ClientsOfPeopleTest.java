package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Which client a person used is what their issuer says, in the claim that is registered for it, and a token that names two names none. */
@BrokerTest
class ClientsOfPeopleTest {

    private static final String ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";

    private static final TestIssuer KEYS = new TestIssuer();

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String issuer = "idp-of-people";
    private final Scene scene;
    private final Refusals refusals;

    ClientsOfPeopleTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        register(null);
        scene.jwtTool(tool, Map.of());
        scene.agent(
                agent, tool, Map.of("on_behalf_of", List.of(Map.of("issuer", issuer, "clients", List.of("portal")))));
        scene.permits();
    }

    @ParameterizedTest
    @ValueSource(strings = {"azp", "client_id", "cid", "appid"})
    void theClientIsInTheClaimThatTheIssuerSays(String claim) {
        register(claim);

        granted(Scene.JWT, claims -> claims.claim(claim, "portal"));
        granted(Scene.ACCESS_TOKEN, claims -> claims.claim(claim, "portal").claim("scp", List.of("orders")));
        for (String other : List.of("azp", "client_id", "cid", "appid")) {
            if (!other.equals(claim)) {
                refused("on_behalf_of_not_allowed", Scene.JWT, claims -> claims.claim(other, "portal"));
            }
        }
    }

    @Test
    void whereNothingIsSaidItIsAzpOrClientId() {
        granted(Scene.JWT, claims -> claims.claim("azp", "portal"));
        granted(Scene.JWT, claims -> claims.claim("client_id", "portal"));
        refused("on_behalf_of_not_allowed", Scene.JWT, claims -> claims.claim("cid", "portal"));
        refused("on_behalf_of_not_allowed", ID_TOKEN, claims -> claims.audience("portal"));
    }

    @Test
    void theSoleAudienceOfAnIdTokenIsItsClientWhereTheIssuerSaysSo() {
        register("aud");

        granted(ID_TOKEN, claims -> claims.audience("portal"));
        granted(ID_TOKEN, claims -> claims.audience("portal").claim("azp", "portal"));
        refused("on_behalf_of_not_allowed", Scene.JWT, claims -> claims.audience("portal"));
        refused("on_behalf_of_not_allowed", Scene.ACCESS_TOKEN, claims -> claims.audience("portal"));
        refused("on_behalf_of_not_allowed", ID_TOKEN, claims -> claims.audience(List.of("portal", "errand")));
        refused("on_behalf_of_not_allowed", ID_TOKEN, claims -> {});
        // An access token that is called an ID token.
        refused("type_mismatch", ID_TOKEN, claims -> claims.audience("portal").claim("scp", List.of("orders")));
        refused(
                "claims_contradict",
                ID_TOKEN,
                claims -> claims.audience("portal").claim("azp", "other"));
    }

    @Test
    void aTokenOfTwoClientsIsOfNeither() {
        refused(
                "claims_contradict",
                Scene.JWT,
                claims -> claims.claim("azp", "portal").claim("client_id", "other"));
        refused(
                "claims_contradict",
                Scene.JWT,
                claims -> claims.claim("azp", "other").claim("client_id", "portal"));
        granted(Scene.JWT, claims -> claims.claim("azp", "portal").claim("client_id", "portal"));
        refused(
                "claims_contradict",
                ID_TOKEN,
                claims -> claims.audience(List.of("errand", "other")).claim("azp", "portal"));
        granted(ID_TOKEN, claims -> claims.audience(List.of("errand", "portal")).claim("azp", "portal"));
        // OIDC Core §2: a sole audience may be another's than the party that asked for the token.
        granted(ID_TOKEN, claims -> claims.claim("azp", "portal"));
    }

    @Test
    void aContradictingTokenOfAnAdministratorIsRefusedLikewise() {
        Answer answer = scene.anonymous()
                .as(io.errand.testing.Surroundings.PEOPLE.token(
                        "root",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.admin"))
                                .claim("azp", "console")
                                .claim("client_id", "other")))
                .get("/admin/v1/tools");

        assertThat(answer.status()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sub", "portal", "AUD", ""})
    void onlyClaimsThatNameClientsAreRegistered(String claim) {
        Answer answer = put(resource("person", claim));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).isEqualTo("client_claim");
        assertThat(put(resource("workload", "azp")).json().path("member").asString())
                .isEqualTo("client_claim");
    }

    private void register(@org.jspecify.annotations.Nullable String clientClaim) {
        Answer answer = put(resource("person", clientClaim));
        assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
    }

    private Answer put(Map<String, Object> resource) {
        return scene.admin().put("/admin/v1/issuers/" + issuer, resource);
    }

    private static Map<String, Object> resource(String purpose, @org.jspecify.annotations.Nullable String clientClaim) {
        Map<String, Object> resource = new HashMap<>(Map.of(
                "issuer", KEYS.url(),
                "jwks", Map.of("discovery", true),
                "audiences", List.of("errand", "portal"),
                "purpose", purpose));
        if (clientClaim != null) {
            resource.put("client_claim", clientClaim);
        }
        return resource;
    }

    private void granted(String type, Consumer<JWTClaimsSet.Builder> shape) {
        Answer answer = scene.exchange(form(type, shape));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        scene.end(answer.json());
    }

    private void refused(String reason, String type, Consumer<JWTClaimsSet.Builder> shape) {
        refusals.assertRefused(Refusals.Expected.invalidRequest(reason), () -> scene.exchange(form(type, shape)));
    }

    private Map<String, String> form(String type, Consumer<JWTClaimsSet.Builder> shape) {
        Map<String, String> form = new HashMap<>(Scene.request(agent, tool, "read"));
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put(
                "subject_token",
                TestIssuer.sign(KEYS.ec(), JWSAlgorithm.ES256, JOSEObjectType.JWT, KEYS.claims("ann", shape)));
        form.put("subject_token_type", type);
        return form;
    }
}
