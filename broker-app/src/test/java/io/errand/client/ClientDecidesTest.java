package io.errand.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A program asks before each action, is told yes, no and what else that changed, and says what came of it. */
@BrokerTest
class ClientDecidesTest {

    private final String agent = Scene.name("agent");
    private final String records = Scene.name("records");
    private final String mail = Scene.name("mail");
    private final String rule = Scene.name("rule");
    private final Scene scene;
    private final Errand errand;

    ClientDecidesTest(@LocalServerPort int port) {
        scene = new Scene(port);
        errand = Errand.at(URI.create("http://127.0.0.1:" + port), () -> Surroundings.WORKLOADS.token(agent));
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(records, Map.of("sensitivity", "restricted"));
        scene.jwtTool(mail, Map.of("destination", "external"));
        scene.agent(
                agent,
                "none",
                Map.of(
                        "tools",
                        List.of(
                                Map.of("tool", records, "actions", List.of("read", "write")),
                                Map.of("tool", mail, "actions", List.of("read", "write")))));
        scene.permits();
    }

    @AfterEach
    void closed() {
        errand.close();
    }

    @Test
    void aYesIsClosedByItsOutcomeOnce() {
        try (Task task = begin()) {
            Decision decision = task.decide(records, "read", Map.of("rows", 3));

            assertThat(decision.permitted()).isTrue();
            assertThat(decision.reasons()).isEmpty();
            assertThat(decision.labels()).contains("data:restricted");
            task.report(decision, Outcome.FAILED, "no such row");
            assertThat(closing(decision).path("outcome").asString()).isEqualTo("failed");
            assertThat(closing(decision).path("details").path("detail").asString())
                    .isEqualTo("no such row");
            assertThatThrownBy(() -> task.report(decision, Outcome.SUCCEEDED, null))
                    .isInstanceOf(Refused.class);
        }
    }

    @Test
    void aNoHasItsReasonsAndNoOutcome() {
        scene.policy(
                rule,
                "@reason(\"No letters today.\") forbid(principal == Errand::Agent::\"" + agent
                        + "\", action == Errand::Action::\"use\", resource == Errand::Tool::\"" + mail + "\");");
        try (Task task = begin()) {
            Decision denied = task.decide(mail, "write", Map.of());
            Decision outside = task.decide("no-such-tool", "read", Map.of());

            assertThat(denied.permitted()).isFalse();
            assertThat(denied.reasons()).containsExactly("No letters today.");
            assertThat(outside.permitted()).isFalse();
            assertThat(outside.reasons()).hasSize(1);
            assertThatThrownBy(() -> task.report(denied, Outcome.SUCCEEDED, null))
                    .isInstanceOf(Refused.class);
        }
    }

    @Test
    void whatEndedWithADecisionIsListed() {
        scene.policy(
                rule,
                "forbid(principal == Errand::Agent::\"" + agent
                        + "\", action, resource) when { context.session.labels.contains(\"data:restricted\")"
                        + " && resource.destination == \"external\" };");
        try (Task task = begin();
                Lease letters = task.lease(mail, "read", "write")) {
            Decision read = task.decide(records, "read", Map.of());

            assertThat(read.permitted()).isTrue();
            assertThat(read.context().path("revoked").values())
                    .extracting(JsonNode::asString)
                    .containsExactly(letters.id());
            assertThat(task.decide(mail, "write", Map.of()).permitted()).isFalse();
        }
    }

    @Test
    void afterItsEndNothingIsDecided() {
        Task task = begin();
        Decision decision = task.decide(records, "read", Map.of());
        task.complete(Outcome.SUCCEEDED, null);

        assertThat(closing(decision).path("outcome").asString()).isEqualTo("unknown");
        Decision late = task.decide(records, "read", Map.of());
        assertThat(late.permitted()).isFalse();
        assertThat(late.reasons()).containsExactly("The task has ended; declare a new one.");
    }

    private Task begin() {
        return errand.begin(TaskRequest.of("triage")
                .purpose("test")
                .ttl(Duration.ofMinutes(5))
                .allow(records, "read", "write")
                .allow(mail, "read", "write"));
    }

    private JsonNode closing(Decision decision) {
        return scene.events("kind=evaluation.closed&decision=" + decision.id().orElseThrow())
                .getFirst();
    }
}
