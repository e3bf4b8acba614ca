package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Agents whose subjects are known by how they begin: only where an administrator asked for it, and never two agents' at once. */
@BrokerTest
class SubjectPrefixesTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String prefix = "repo:acme/" + agent + "/";
    private final Scene scene;
    private final Refusals refusals;

    SubjectPrefixesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.permits();
        scene.agent(agent, tool, of(prefix));
    }

    @Test
    void whateverBeginsSoIsTheAgent() {
        assertThat(clientOf(prefix + "runner:main")).isEqualTo(agent);
    }

    @Test
    void anExactSubjectOfAnotherAgentGoesBefore() {
        String other = Scene.name("agent");
        scene.agent(
                other,
                tool,
                Map.of("identities", List.of(Map.of("issuer", "workloads", "subject", prefix + "special"))));

        assertThat(clientOf(prefix + "special")).isEqualTo(other);
        assertThat(clientOf(prefix + "specialist")).isEqualTo(agent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "..", "../x", "a/../x", "./a", "a//b", "a/"})
    void whatLeadsOutOfItOrNowhereIsNobody(String rest) {
        refused(prefix + rest);
    }

    @Test
    void whatOnlyLooksLikeItIsNobody() {
        refused(prefix.substring(0, prefix.length() - 1) + "-evil/runner");
        refused(prefix.substring(0, prefix.length() - 1));
        refused(prefix.toUpperCase(java.util.Locale.ROOT) + "runner");
        refused("x" + prefix + "runner");
        refused(prefix.replace("acme", "acm_") + "runner");
    }

    @Test
    void prefixesOfTwoAgentsDoNotOverlap() {
        for (String overlapping : List.of(prefix, prefix + "below/", "repo:acme/")) {
            Answer answer = put(Scene.name("agent"), overlapping);

            assertThat(answer.status()).as(overlapping).isEqualTo(409);
            assertThat(answer.json().path("member").asString()).isEqualTo("identities[0]");
        }
        assertThat(put(agent, prefix).status()).isEqualTo(200);
        assertThat(put(Scene.name("agent"), "repo:acme/" + agent + "-beside/").status())
                .isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"repo:acme", "/", ":", "spiffe://", "a::", "x\u0007/"})
    void aPrefixEndsWhereAPartEnds(String text) {
        Answer answer = put(Scene.name("agent"), text);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).isEqualTo("identities[0].subject_prefix");
    }

    @Test
    void anIdentityIsSaidInOneWay() {
        Map<String, Object> both = Map.of("issuer", "workloads", "subject", "a", "subject_prefix", "a/");

        Answer answer = scene.admin()
                .put("/admin/v1/agents/" + Scene.name("agent"), agent(Map.of("identities", List.of(both))));
        Answer tool = scene.admin()
                .put(
                        "/admin/v1/tools/" + Scene.name("tool"),
                        Map.of(
                                "backend",
                                "jwt",
                                "actions",
                                List.of("read"),
                                "sensitivity",
                                "internal",
                                "environment",
                                "production",
                                "config",
                                Map.of("audience", "https://x.example"),
                                "identities",
                                List.of(Map.of("issuer", "workloads", "subject_prefix", "a/"))));

        assertThat(answer.json().path("member").asString()).isEqualTo("identities[0]");
        assertThat(tool.status()).isEqualTo(400);
    }

    @Test
    void aPrefixThatIsTakenBackIsNobodys() {
        scene.agent(agent, tool, of("repo:elsewhere/" + agent + "/"));

        refused(prefix + "runner");
        assertThat(put(Scene.name("agent"), prefix).status()).isEqualTo(201);
    }

    private void refused(String subject) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", Surroundings.WORKLOADS.token(subject));

        refusals.assertRefused(Expected.invalidRequest("no_agent"), () -> scene.exchange(form));
    }

    private String clientOf(String subject) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", Surroundings.WORKLOADS.token(subject));
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return scene.verified(answer.json().path("access_token").asString())
                .path("client_id")
                .asString();
    }

    private Answer put(String name, String subjectPrefix) {
        scene.hasAgent(name);
        return scene.admin().put("/admin/v1/agents/" + name, agent(of(subjectPrefix)));
    }

    private Map<String, Object> agent(Map<String, Object> members) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "owner",
                "team@example.com",
                "purpose",
                "Do what tests do",
                "task_types",
                List.of("triage"),
                "tools",
                List.of(Map.of("tool", tool, "actions", List.of("read")))));
        all.putAll(members);
        return all;
    }

    private static Map<String, Object> of(String prefix) {
        return PageBlock.of("docs/identities/oidc.md", "prefix")
                .with("issuer: corp", "issuer: workloads")
                .with("\"repo:acme/invoices/\"", Json.mapper().writeValueAsString(prefix))
                .resource();
    }
}
