package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.task.Scope;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A lock of every kind stops the same things wherever it is looked for, even what no sweep has ended. */
@BrokerTest
class StandingLocksTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final String owner = Scene.name("owner") + "@example.com";
    private final String person = Scene.name("person");
    private final Scene scene;

    @Autowired
    private JdbcClient jdbc;

    StandingLocksTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(
                agent,
                tool,
                Map.of(
                        "owner",
                        owner,
                        "on_behalf_of",
                        List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits();
    }

    /** A workload's identity is never locked: the table has no such kind. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WORKLOAD")
    void everyKind(Scope.Kind kind) {
        Acting acting = new Acting(scene, Acting.ok(scene.exchange(forPerson())));
        // A lease is revoked, and nothing that could still come is stopped by its id.
        boolean stops = kind != Scope.Kind.LEASE;
        Map<String, String> more = more(acting);
        UUID lock = UUID.randomUUID();
        JsonNode decided;
        Answer further;
        boolean task;
        boolean lease;
        jdbc.sql("INSERT INTO lock (id, kind, value, reason, who) VALUES (?, ?, ?, 'test', 'test')")
                .params(lock, kind.word(), value(kind, acting))
                .update();
        try {
            decided = acting.may(tool, "read");
            task = isActive(Map.of("token", acting.grant().path("access_token").asString()));
            lease = isActive(Map.of("token", acting.lease(tool), "token_type_hint", "lease"));
            further = scene.exchange(more);
        } finally {
            jdbc.sql("DELETE FROM lock WHERE id = ?").param(lock).update();
        }

        assertThat(decided.path("decision").asBoolean()).isEqualTo(!stops);
        assertThat(lease).isEqualTo(!stops);
        assertThat(task).isEqualTo(!stops || kind == Scope.Kind.TOOL);
        assertThat(further.status()).as(further.text()).isEqualTo(stops ? 400 : 200);
        if (stops) {
            assertThat(acting.reason(decided)).isEqualTo("locked");
            assertThat(scene.events(
                            "decision=" + further.json().path("decision_id").asString()))
                    .extracting(event -> event.path("details").path("reason").asString())
                    .containsExactly("locked");
        }
    }

    private String value(Scope.Kind kind, Acting acting) {
        return switch (kind) {
            case AGENT -> agent;
            case OWNER -> owner;
            case PERSON -> "person:people:" + person;
            case TASK, TASK_TREE -> acting.task();
            case TOOL -> tool;
            case ISSUER -> "workloads";
            case LEASE -> acting.lease(tool);
            case WORKLOAD -> "workloads:" + agent;
            case ALL -> "true";
        };
    }

    private Map<String, String> forPerson() {
        return Scene.requestFor(person, agent, tool, "read");
    }

    private Map<String, String> more(Acting acting) {
        Map<String, String> form = forPerson();
        form.remove("task");
        form.put("subject_token", acting.grant().path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return form;
    }

    private boolean isActive(Map<String, String> token) {
        return scene.as("errand.introspect")
                .form("/oauth2/introspect", new HashMap<>(token))
                .json()
                .path("active")
                .asBoolean();
    }
}
