package io.errand.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.Scene;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What {@code docs/operations.md} says is measured, is; and what is measured is documented, and used by alerts and dashboard. */
class MetricsTest extends Operated {

    private static final Pattern ROW = Pattern.compile("\\| `(errand_[a-z_]+)` \\| (\\w+) \\| ([^|]*)\\| .+ \\|");
    private static final Pattern CODE = Pattern.compile("`([a-z_]+)`");

    MetricsTest(
            @LocalServerPort int port, @Value("${local.management.port}") int management, @Autowired JdbcClient jdbc) {
        super(port, management, jdbc);
    }

    @BeforeEach
    void furnish() {
        scene.permits();
    }

    private JsonNode granted(String agent, String tool) {
        return scene.exchange(Scene.request(agent, tool, "read")).json();
    }

    @Test
    void theTableIsWhatIsScraped() {
        String tool = Scene.name("scraped");
        scene.postgresTool(tool, Map.of());
        scene.agent(tool, tool, Map.of());
        assertThat(granted(tool, tool).path("credentials").size()).isEqualTo(1);
        await("the lease is counted").until(() -> Scrape.of(management).has("errand_leases_live", "target", "orders"));
        Scrape scrape = Scrape.of(management);

        Map<String, String> documented = new TreeMap<>();
        Map<String, Set<String>> labels = new TreeMap<>();
        Matcher row = ROW.matcher(Documents.read("docs/operations.md"));
        while (row.find()) {
            documented.put(row.group(1), row.group(2));
            labels.put(row.group(1), labels(row.group(3)));
        }
        Map<String, String> scraped = new TreeMap<>(scrape.types());
        scraped.keySet().removeIf(name -> !name.startsWith("errand_") || isMaximumOf(name, scrape));
        assertThat(documented).isEqualTo(scraped);
        documented.forEach((name, type) -> assertThat(labels.get(name))
                .as("labels of " + name)
                .isEqualTo(scrape.labels().get(type.equals("histogram") ? name + "_count" : name)));
    }

    /** Micrometer's companion of each timer. */
    private static boolean isMaximumOf(String name, Scrape scrape) {
        return name.endsWith("_max") && "histogram".equals(scrape.types().get(name.replaceFirst("_max$", "")));
    }

    /** A label stands first in each part of its cell, and its values behind it. */
    private static Set<String> labels(String cell) {
        return Arrays.stream(cell.split(";"))
                .map(part ->
                        CODE.matcher(part).results().map(code -> code.group(1)).findFirst())
                .flatMap(Optional::stream)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void anExchangeCountsOnceByHowItEnded() {
        String tool = Scene.name("counted");
        scene.jwtTool(tool, Map.of());
        scene.agent(tool, tool, Map.of());
        Scrape before = Scrape.of(management);

        granted(tool, tool);
        Map<String, String> forbidden = new HashMap<>(Scene.request(tool, "no-such-tool", "read"));
        assertThat(scene.exchange(forbidden).status()).isEqualTo(400);
        Map<String, String> stranger = new HashMap<>(Scene.request(tool, tool, "read"));
        stranger.put("subject_token", "a.b.c");
        assertThat(scene.exchange(stranger).status()).isEqualTo(400);
        scene.policy(tool, "@id(\"stop\") forbid(principal, action, resource == Errand::Tool::\"" + tool + "\");");
        assertThat(scene.exchange(Scene.request(tool, tool, "read")).status()).isEqualTo(400);
        scene.admin().delete("/admin/v1/policies/" + tool);

        Scrape after = Scrape.of(management);
        String count = "errand_exchange_seconds_count{grant=\"token_exchange\",outcome=\"%s\"}";
        assertThat(grown(before, after, count.formatted("granted"))).isEqualTo(1);
        assertThat(grown(before, after, count.formatted("refused"))).isEqualTo(3);
        assertThat(grown(before, after, count.formatted("fault"))).isZero();
        for (String cause : List.of("agent", "identity", "policy")) {
            assertThat(grown(before, after, "errand_exchange_refusals_total{cause=\"" + cause + "\"}"))
                    .as(cause)
                    .isEqualTo(1);
        }
        assertThat(after.text()).doesNotContain(tool);
    }

    private static double grown(Scrape before, Scrape after, String series) {
        return after.value(series) - before.value(series);
    }

    @Test
    void whatIsLateIsSeenToBeLate() {
        String tool = Scene.name("late");
        scene.postgresTool(tool, Map.of());
        scene.agent(tool, tool, Map.of());
        String lease =
                granted(tool, tool).path("credentials").path(0).path("lease_id").asString();
        String late =
                "errand_leases_revocation_lateness_seconds{backend=\"postgres\",state=\"revoking\",target=\"orders\"}";
        String due = "errand_leases_due_age_seconds{backend=\"postgres\",target=\"orders\"}";
        String live = "errand_leases_live{backend=\"postgres\",state=\"revoking\",target=\"orders\"}";

        // As after a try in vain an hour ago, of which the next is not due.
        jdbc.sql("""
                        UPDATE lease SET state = 'revoking', version = version + 1, attempts = 3, irrevocable = true, reason = 'test',
                               revoking_at = now() - interval '1 hour', due_at = now() + interval '1 hour' WHERE id = :id::uuid
                        """).param("id", lease).update();
        await("an hour late").untilAsserted(() -> {
            Scrape scrape = Scrape.of(management);
            assertThat(scrape.value(late)).isBetween(3600.0, 3700.0);
            assertThat(scrape.value(live)).isGreaterThanOrEqualTo(1);
            assertThat(scrape.value("errand_leases_irrevocable")).isEqualTo(1);
        });
        assertThat(Scrape.of(management).value(due)).isLessThan(60);

        jdbc.sql("UPDATE lease SET due_at = now() WHERE id = :id::uuid")
                .param("id", lease)
                .update();
        await("gone").atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            Scrape scrape = Scrape.of(management);
            assertThat(scrape.value(late)).isLessThan(60);
            assertThat(scrape.value("errand_leases_irrevocable")).isZero();
        });
    }
}
