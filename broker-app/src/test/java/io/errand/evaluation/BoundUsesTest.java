package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Prover;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A task whose token is bound to a key asks with that key, and policies that want one are satisfied by it. */
@BrokerTest
class BoundUsesTest {

    private static final String TOKEN = "/oauth2/token";
    private static final String EVALUATION = "/access/v1/evaluation";

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("vault");
    private final String set = Scene.name("bound");
    private final Prover holder = new Prover();
    private final Scene scene;

    BoundUsesTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.policy(set, """
                permit(principal == Errand::Agent::"%1$s", action == Errand::Action::"issue", resource);
                @id("bound") @require_dpop
                permit(principal == Errand::Agent::"%1$s", action == Errand::Action::"use", resource);
                """.formatted(agent));
    }

    private Map<String, String> request() {
        return Scene.request(agent, tool, "read");
    }

    private JsonNode bound() {
        return Acting.ok(scene.anonymous()
                .with("DPoP", holder.proof("POST", TOKEN, nonce(), null))
                .form(TOKEN, request()));
    }

    private Answer ask(Prover prover, String token) {
        return scene.anonymous()
                .with("Authorization", "DPoP " + token)
                .with("DPoP", prover.proof("POST", EVALUATION, nonce(), token))
                .post(EVALUATION, Acting.request(tool, "read"));
    }

    private String nonce() {
        return scene.anonymous().with("DPoP", "x").get("/v1/tasks/x").header("DPoP-Nonce");
    }

    @Test
    void withItsKeyItIsPermittedAndWithoutItRefused() {
        JsonNode granted = bound();
        String token = granted.path("access_token").asString();

        Answer permitted = ask(holder, token);
        Answer stolen = ask(new Prover(), token);
        Answer bearer = scene.anonymous().as(token).post(EVALUATION, Acting.request(tool, "read"));
        Answer proofless =
                scene.anonymous().with("Authorization", "DPoP " + token).post(EVALUATION, Acting.request(tool, "read"));

        assertThat(Acting.ok(permitted).path("decision").asBoolean())
                .as(permitted.text())
                .isTrue();
        assertThat(stolen.status()).as(stolen.text()).isEqualTo(401);
        assertThat(bearer.status()).as(bearer.text()).isEqualTo(401);
        assertThat(proofless.status()).as(proofless.text()).isEqualTo(401);
    }

    @Test
    void aGatewayAsksAboutABoundTaskAsTheTaskIs() {
        JsonNode granted = bound();
        Acting acting = new Acting(scene, granted);

        JsonNode answer = Acting.ok(Acting.gateway(scene).post(EVALUATION, acting.about(tool, "read")));

        assertThat(answer.path("decision").asBoolean()).as(answer.toString()).isTrue();
    }

    @Test
    void whoseTokenIsBoundToNothingIsDeniedByName() {
        Acting acting = new Acting(scene, Acting.ok(scene.exchange(request())));

        JsonNode denied = acting.denied(tool, "read");

        assertThat(acting.reason(denied)).isEqualTo("policy_dpop_required");
    }
}
