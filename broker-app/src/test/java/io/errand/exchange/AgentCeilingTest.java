package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.Prover;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** {@code GET /v1/agent}: an agent is told what it may have, by its workload token, and nobody else is told anything. */
@BrokerTest
class AgentCeilingTest {

    private static final String ADDRESS = "/v1/agent";
    private static final TestIssuer ONCE = new TestIssuer();

    private final String agent = Scene.name("curious");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final JdbcClient jdbc;

    AgentCeilingTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("max_ttl", "PT5M"));
        scene.agent(agent, tool, Map.of());
        scene.permits("""
                @id("the-text-of-a-policy") @max_ttl("PT2M")
                permit(principal, action, resource) when { context.actions == ["read"] };
                @approval("finance") permit(principal, action, resource) when { context.actions == ["write"] };
                """);
    }

    private Answer asked(String token) {
        return scene.anonymous().as(token).get(ADDRESS);
    }

    @Test
    void itIsToldWhatItMayHaveAndWhatPeopleMustApprove() {
        Answer answer = asked(Surroundings.WORKLOADS.token(agent));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode ceiling = answer.json();
        assertThat(ceiling.path("agent").asString()).isEqualTo(agent);
        assertThat(ceiling.path("task_types").path(0).asString()).isEqualTo("triage");
        assertThat(ceiling.path("max_ttl").asString()).isEqualTo("PT15M");
        assertThat(ceiling.path("owner").asString()).isEqualTo("team@example.com");
        JsonNode one = ceiling.path("tools").path(0);
        assertThat(ceiling.path("tools")).hasSize(1);
        assertThat(one.path("tool").asString()).isEqualTo(tool);
        assertThat(one.path("max_ttl").asString()).isEqualTo("PT5M");
        JsonNode read = one.path("access").path(0);
        assertThat(read.path("action").asString()).isEqualTo("read");
        assertThat(read.path("decision").asString()).isEqualTo("permit");
        assertThat(read.path("max_ttl").asString()).isEqualTo("PT2M");
        JsonNode write = one.path("access").path(1);
        assertThat(write.path("decision").asString()).isEqualTo("approval");
        assertThat(write.path("approvals").path(0).asString()).isEqualTo("finance");
        assertThat(answer.text()).doesNotContain("the-text-of-a-policy", "principal");
        assertThat(answer.header("Cache-Control")).contains("no-store");
    }

    @Test
    void whatItIsToldIsWhatTheExchangeSays() {
        JsonNode access = asked(Surroundings.WORKLOADS.token(agent)).json().at("/tools/0/access");

        for (JsonNode one : access) {
            Answer exchange =
                    scene.exchange(Scene.request(agent, tool, one.path("action").asString()));
            assertThat(exchange.status())
                    .isEqualTo(one.path("decision").asString().equals("permit") ? 200 : 400);
            if (exchange.status() == 200) {
                scene.end(exchange.json());
            }
        }
    }

    /** Every way not to be somebody has the same answer, to the byte. */
    @TestFactory
    Stream<DynamicTest> whoDoesNotShowWhoItIsIsToldNothing() {
        Map<String, String> granted = new HashMap<>();
        JsonNode task = scene.exchange(Scene.request(agent, tool, "read")).json();
        granted.put("a task token", task.path("access_token").asString());
        granted.put(
                "a credential of our own", task.at("/credentials/0/data/token").asString());
        granted.put("nobody's", Surroundings.WORKLOADS.token(Scene.name("nobody")));
        granted.put("a person's", Surroundings.PEOPLE.token("ann", claims -> {}));
        granted.put(
                "an administrator's",
                Surroundings.PEOPLE.token(
                        "root",
                        claims ->
                                claims.audience(BrokerTest.ISSUER + "/admin").claim("roles", List.of("errand.admin"))));
        granted.put(
                "expired", Surroundings.WORKLOADS.token(agent, claims -> claims.expirationTime(new java.util.Date(0))));
        granted.put("another audience", Surroundings.WORKLOADS.token(agent, claims -> claims.audience("errandx")));
        granted.put("nothing", "x");
        granted.put("large", "x".repeat(7_000));
        Forgeries.all().forEach(forgery -> {
            String token = forgery.token().apply(Surroundings.WORKLOADS);
            // A header takes no more.
            if (token.matches("[!-~]{1,8000}")) {
                granted.put(forgery.name(), token);
            }
        });
        return granted.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    String nothing = scene.anonymous().get(ADDRESS).text();

                    Answer answer = asked(one.getValue());

                    assertThat(answer.status()).as(answer.text()).isEqualTo(401);
                    assertThat(answer.text()).isEqualTo(nothing);
                    assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
                }));
    }

    @Test
    void aRefusalIsOneEventWithItsTrueReason() {
        long before = denials();

        asked(Surroundings.WORKLOADS.token(Scene.name("nobody")));

        assertThat(denials()).isEqualTo(before + 1);
        assertThat(scene.events("kind=agent.ceiling_denied")
                        .getLast()
                        .at("/details/reason")
                        .asString())
                .isEqualTo("no_agent");
    }

    @AfterAll
    static void closed() {
        ONCE.close();
    }

    private long denials() {
        return jdbc.sql("SELECT count(*) FROM audit_event WHERE kind = 'agent.ceiling_denied'")
                .query(Long.class)
                .single();
    }

    /** RFC 7519 §4.1.7: to ask is not to use. */
    @Test
    void noJtiIsSpent() {
        String issuer = Scene.name("once");
        Answer put = scene.admin()
                .put(
                        "/admin/v1/issuers/" + issuer,
                        Map.of(
                                "issuer", ONCE.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of("errand"),
                                "single_use", true,
                                "purpose", "workload"));
        assertThat(put.status()).as(put.text()).isEqualTo(201);
        scene.agent(agent, tool, Map.of("identities", List.of(Map.of("issuer", issuer, "subject", agent))));
        String token = ONCE.token(agent);
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", token);

        assertThat(asked(token).status()).isEqualTo(200);
        assertThat(asked(token).status()).isEqualTo(200);
        Answer exchange = scene.exchange(form);
        assertThat(exchange.status()).as(exchange.text()).isEqualTo(200);
        assertThat(scene.exchange(form).status()).isEqualTo(400);
    }

    @Test
    void aProofIsLookedAtAsAtTheTokenEndpoint() {
        Prover holder = new Prover();
        Wire agents = scene.anonymous().as(Surroundings.WORKLOADS.token(agent));
        Answer first =
                agents.with("DPoP", holder.proof("GET", ADDRESS, null, null)).get(ADDRESS);

        assertThat(first.status()).isEqualTo(401);
        assertThat(first.header("WWW-Authenticate")).contains("use_dpop_nonce");
        Answer second = agents.with("DPoP", holder.proof("GET", ADDRESS, first.header("DPoP-Nonce"), null))
                .get(ADDRESS);
        assertThat(second.status()).as(second.text()).isEqualTo(200);
        Answer wrong = agents.with("DPoP", holder.proof("POST", ADDRESS, first.header("DPoP-Nonce"), null))
                .get(ADDRESS);
        assertThat(wrong.status()).isEqualTo(401);
    }

    @Test
    void anAgentThatMayNotActIsToldThatMuch() {
        scene.agent(agent, tool, Map.of("state", "suspended"));

        Answer answer = asked(Surroundings.WORKLOADS.token(agent));

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().path("type").asString()).isEqualTo("urn:errand:problem:access-denied");
    }

    @Test
    void whoAsksTooOftenWaits() {
        String token = Surroundings.WORKLOADS.token(agent);

        List<Integer> answers =
                IntStream.range(0, 15).mapToObj(i -> asked(token).status()).toList();

        assertThat(answers.subList(0, 10)).containsOnly(200);
        assertThat(answers).contains(429);
    }
}
