package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Prover;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Whoever waits for a person with a key collects with the same key, and may show who it is by an assertion. */
@BrokerTest
class BoundDeferralsTest {

    private static final String TOKEN = "/oauth2/token";

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Prover holder = new Prover();
    private final Scene scene;
    private final Office office;

    BoundDeferralsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
    }

    @Test
    void withoutTheKeyOrWithAnotherOneNothingIsCollected() {
        JsonNode waiting =
                with(holder).form(TOKEN, Office.patient(agent, tool, "write")).json();
        office.approve(waiting);
        office.passInterval(waiting);

        Answer without = office.poll(agent, waiting);
        Answer another = with(new Prover()).form(TOKEN, Office.pollForm(agent, waiting));
        Map<String, String> poll = Office.pollForm(agent, waiting);
        poll.remove("actor_token");
        poll.remove("actor_token_type");
        poll.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        poll.put("client_assertion", Surroundings.WORKLOADS.token(agent, c -> c.audience(BrokerTest.ISSUER)));
        Answer collected = with(holder).form(TOKEN, poll);

        assertThat(without.json().path("error").asString()).isEqualTo("invalid_grant");
        assertThat(another.json().path("error").asString()).isEqualTo("invalid_grant");
        assertThat(collected.status()).as(collected.text()).isEqualTo(200);
        assertThat(scene.verified(collected.json().path("access_token").asString())
                        .path("cnf")
                        .path("jkt")
                        .asString())
                .isEqualTo(holder.thumbprint());
    }

    private Wire with(Prover prover) {
        String nonce = scene.anonymous().with("DPoP", "x").get("/v1/tasks/x").header("DPoP-Nonce");
        return scene.anonymous().with("DPoP", prover.proof("POST", TOKEN, nonce, null));
    }
}
