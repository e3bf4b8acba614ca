package io.errand.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.operations.OtlpReceiver.Received;
import io.errand.testing.BesideOthers;
import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** An exchange is one trace, from the request to the target, and each span of it names the decision or leads to one that does. */
@BesideOthers
class TracesTest {

    private static OtlpReceiver receiver;
    private static StartedBroker broker;
    private static Scene scene;

    @BeforeAll
    static void start() {
        receiver = new OtlpReceiver();
        Map<String, String> settings = new HashMap<>(Surroundings.settings(Postgres.shared(), "traced"));
        settings.put("errand.issuer", BrokerTest.ISSUER);
        settings.put("errand.reconcile.enabled", "false");
        settings.put("management.opentelemetry.tracing.export.otlp.endpoint", receiver.url());
        settings.put("management.tracing.sampling.probability", "0");
        settings.put("logging.structured.format.console", "logstash");
        settings.put("logging.level.io.errand.broker.database", "DEBUG");
        broker = StartedBroker.with(settings).awaitReadiness("UP");
        scene = new Scene(broker.port());
        scene.postgresTool("orders-db", Map.of());
        scene.agent("worker", "orders-db", Map.of());
        scene.policy("all", "permit(principal, action, resource);");
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
        receiver.close();
    }

    /** A caller who samples, with a trace of its own. */
    private static Answer exchange(String trace, Map<String, String> form) {
        return scene.anonymous()
                .with("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                .form("/oauth2/token", form);
    }

    private static List<Received> spans(String trace, int least) {
        return await("the spans of " + trace)
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> receiver.spans().stream()
                                .filter(span -> span.trace().equals(trace))
                                .toList(),
                        found -> found.size() >= least);
    }

    /** What was registered a moment ago may have it done twice. */
    private static Received named(List<Received> spans, String name) {
        return spans.stream()
                .filter(span -> span.name().startsWith(name))
                .filter(span -> !span.attributes().containsKey("errand.superseded"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " in " + spans));
    }

    @Test
    void exchangePolicyAndBackendOfOneTrace() {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        Map<String, String> form = Scene.request("worker", "orders-db", "read");
        JsonNode granted = exchange(trace, form).json();

        List<Received> spans = spans(trace, 4);
        Received request = named(spans, "http ");
        Received exchange = named(spans, "errand.exchange");
        Received policy = named(spans, "errand.policy");
        Received backend = named(spans, "errand.backend");
        assertThat(request.parent()).isEqualTo("00f067aa0ba902b7");
        assertThat(exchange.parent()).isEqualTo(request.id());
        assertThat(policy.parent()).isEqualTo(exchange.id());
        assertThat(backend.parent()).isEqualTo(exchange.id());
        String decision = exchange.attributes().get("errand.decision_id");
        assertThat(decision).isNotBlank().isEqualTo(policy.attributes().get("errand.decision_id"));
        assertThat(scene.events("kind=exchange.granted&agent=worker"))
                .anyMatch(event -> event.path("decision").asString("").equals(decision)
                        || event.toString().contains(decision));
        assertThat(exchange.attributes())
                .containsEntry("errand.outcome", "granted")
                .containsEntry("errand.grant", "token_exchange");
        assertThat(policy.attributes())
                .containsEntry("errand.effect", "permit")
                .containsEntry("errand.tools", "orders-db");
        assertThat(backend.attributes())
                .containsEntry("errand.backend", "postgres")
                .containsEntry(
                        "errand.lease_id",
                        granted.path("credentials").path(0).path("lease_id").asString());
        assertThat(receiver.raw())
                .doesNotContain(
                        form.get("subject_token"),
                        granted.path("access_token").asString(),
                        granted.path("credentials")
                                .path(0)
                                .path("data")
                                .path("password")
                                .asString());
    }

    @Test
    void aRefusalIsTracedAndLoggedUnderItsDecision() {
        String trace = "5bf92f3577b34da6a3ce929d0e0e4736";
        scene.policy("none", "forbid(principal, action, resource) when { context.actions.contains(\"write\") };");
        Answer refused = exchange(trace, Scene.request("worker", "orders-db", "write"));
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        String decision = refused.json().path("decision_id").asString();

        List<Received> spans = spans(trace, 3);

        assertThat(named(spans, "errand.exchange").attributes())
                .containsEntry("errand.outcome", "refused")
                .containsEntry("errand.decision_id", decision);
        assertThat(named(spans, "errand.policy").attributes()).containsEntry("errand.effect", "deny");
        assertThat(broker.standardOutput().stream()
                        .map(line -> Json.mapper().readTree(line))
                        .filter(line -> line.path("decision_id").asString("").equals(decision)))
                .as("log lines of the exchange")
                .isNotEmpty()
                .allSatisfy(
                        line -> assertThat(line.path("traceId").asString("")).isEqualTo(trace));
    }

    @Test
    void whoIsNotSampledIsNotTraced() {
        String trace = "6bf92f3577b34da6a3ce929d0e0e4736";
        scene.anonymous()
                .with("traceparent", "00-" + trace + "-00f067aa0ba902b7-00")
                .form("/oauth2/token", Scene.request("worker", "orders-db", "read"));
        String sampled = "7bf92f3577b34da6a3ce929d0e0e4736";
        exchange(sampled, Scene.request("worker", "orders-db", "read"));
        spans(sampled, 4);

        assertThat(receiver.spans()).noneMatch(span -> span.trace().equals(trace));
    }
}
