package io.errand.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.testing.Scene;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;

/** Every expression of the alert rules and of the dashboard speaks of series that a broker has, by labels that they have. */
class AlertsAndDashboardTest extends Operated {

    /** What Prometheus itself puts on a series, or its operator. */
    private static final Set<String> OF_THE_SCRAPE = Set.of("pod", "namespace", "instance", "job", "le");

    AlertsAndDashboardTest(
            @LocalServerPort int port, @Value("${local.management.port}") int management, @Autowired JdbcClient jdbc) {
        super(port, management, jdbc);
    }

    private Scrape scrape() {
        String tool = Scene.name("drawn");
        scene.postgresTool(tool, Map.of());
        scene.agent(tool, tool, Map.of());
        scene.permits();
        assertThat(scene.exchange(Scene.request(tool, tool, "read")).status()).isEqualTo(200);
        await("the lease is counted").until(() -> Scrape.of(management).has("errand_leases_live", "target", "orders"));
        return Scrape.of(management);
    }

    /** By the alert's name. */
    static Map<String, String> alerts() {
        JsonNode file = Json.mapper().valueToTree(new Yaml().load(Documents.read("helm/errand/alerts.yaml")));
        Map<String, String> found = new TreeMap<>();
        for (JsonNode group : file.path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                found.put(rule.path("alert").asString(), rule.path("expr").asString());
                assertThat(rule.path("labels").has("severity"))
                        .as(rule.toString())
                        .isTrue();
                assertThat(rule.path("annotations").has("summary"))
                        .as(rule.toString())
                        .isTrue();
            }
        }
        return found;
    }

    /** By the panel's title and the query's letter. */
    private static Map<String, String> panels() {
        JsonNode dashboard = Json.mapper().readTree(Documents.read("helm/errand/dashboards/errand.json"));
        Map<String, String> found = new TreeMap<>();
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                found.put(
                        panel.path("title").asString() + " "
                                + target.path("refId").asString(),
                        target.path("expr").asString());
            }
        }
        return found;
    }

    @Test
    void whatTheySpeakOfIsThere() {
        Scrape scrape = scrape();
        Map<String, String> all = new TreeMap<>(alerts());
        all.putAll(panels());
        assertThat(all).hasSizeGreaterThan(30);
        List<String> wrong = new ArrayList<>();

        all.forEach((name, text) -> {
            Expression expression = Expression.of(text);
            assertThat(expression.matched()).as(name + ": " + text).isNotEmpty();
            Set<String> known = new TreeSet<>(OF_THE_SCRAPE);
            expression.matched().forEach((metric, labels) -> {
                Set<String> there = scrape.labels().getOrDefault(metric, Set.of());
                known.addAll(there);
                if (!scrape.labels().containsKey(metric)) {
                    wrong.add(name + ": there is no " + metric);
                }
                labels.forEach((label, value) -> {
                    if (!there.contains(label)) {
                        wrong.add(name + ": " + metric + " has no label " + label);
                    } else if (isCounted(metric) && !value.isEmpty() && !scrape.has(metric, label, value)) {
                        wrong.add(name + ": no " + metric + " has " + label + "=" + value);
                    }
                });
            });
            expression.grouped().stream()
                    .filter(label -> !known.contains(label))
                    .forEach(label -> wrong.add(name + ": nothing in it has a label " + label));
        });

        assertThat(wrong).isEmpty();
    }

    /** Ours are there with 0 before anything is counted; a gauge has only what is, and HTTP only what was asked. */
    private static boolean isCounted(String metric) {
        return metric.startsWith("errand_") && metric.matches(".*_(total|count|bucket)");
    }

    @Test
    void whatMustBeAlertedIs() {
        Set<String> metrics = new TreeSet<>();
        alerts().values()
                .forEach(text -> metrics.addAll(Expression.of(text).matched().keySet()));

        assertThat(metrics)
                .contains(
                        "errand_leases_irrevocable",
                        "errand_leases_disabled",
                        "errand_leases_revocation_lateness_seconds",
                        "errand_leases_due_age_seconds",
                        "errand_exchange_seconds_count",
                        "errand_breakglass_reviews_overdue",
                        "errand_signal_waiting_age_seconds",
                        "errand_audit_stream_waiting_age_seconds");
    }
}
