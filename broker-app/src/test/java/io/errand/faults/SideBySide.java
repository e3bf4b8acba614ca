package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Scene;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The build before and this one on one database, replica by replica and back again, while agents go on: {@code .ci/side-by-side},
 * which builds the one before. Its class path is {@code -Derrand.previous}.
 */
class SideBySide {

    private static final String PREVIOUS = "previous";
    private static final String PRESENT = "present";

    /** Tasks between two changes. */
    private static final int TASKS = 100;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void noExchangeFailsWhileOneReplacesTheOther() throws Exception {
        String classPath =
                Objects.requireNonNull(System.getProperty("errand.previous"), "errand.previous: run .ci/side-by-side");
        Deployment deployment = Deployment.withoutVault();
        BrokerProcess before1 = deployment.startOther(classPath);
        BrokerProcess before2 = deployment.startOther(classPath);
        Scene scene = Deployment.furnishWithoutVault(before1);
        // Those that nobody can take back end soon.
        scene.agent(Deployment.AGENT, Deployment.POSTGRES_TOOL, agent());
        Instant begun = Instant.now();
        BrokerProcess now2;
        int tasks;
        Map<String, Integer> ways;
        try (Traffic traffic = new Traffic(scene)) {
            traffic.join(PREVIOUS, before1);
            traffic.join(PREVIOUS, before2);
            traffic.begin();
            traffic.passes(TASKS);

            // The first of this build migrates while the others serve.
            BrokerProcess now1 = deployment.start();
            traffic.join(PRESENT, now1);
            traffic.leave(before1);
            traffic.passes(2 * TASKS);

            now2 = deployment.start();
            traffic.join(PRESENT, now2);
            traffic.leave(before2);
            traffic.passes(TASKS);

            // Back to the one before, on the schema of this one.
            BrokerProcess back = deployment.startOther(classPath);
            traffic.join(PREVIOUS, back);
            traffic.leave(now1);
            traffic.passes(2 * TASKS);
            traffic.leave(back);
            traffic.passes(TASKS);
            traffic.stop();
            tasks = traffic.tasks();
            ways = traffic.counts();
            assertThat(traffic.failures()).isEmpty();
        }

        Remains.nothingIsLeft(deployment, scene.through(now2.port()));
        now2.close();
        String line = "side by side: %d tasks in %d s, none failed, nothing left; began and ended at %s; migrations %s"
                .formatted(
                        tasks,
                        Duration.between(begun, Instant.now()).toSeconds(),
                        ways,
                        deployment.rows(
                                "SELECT version FROM flyway_schema_history WHERE version IS NOT NULL ORDER BY installed_rank"));
        Files.writeString(Path.of("target/side-by-side.txt"), line + "\n");
        assertThat(ways)
                .as("tasks that began at one and ended at the other")
                .containsKeys(
                        PREVIOUS + " -> " + PRESENT,
                        PRESENT + " -> " + PREVIOUS,
                        PREVIOUS + " -> " + PREVIOUS,
                        PRESENT + " -> " + PRESENT);
    }

    private static Map<String, Object> agent() {
        return Map.of(
                "max_live_leases",
                100_000,
                "max_ttl",
                "PT20S",
                "tools",
                java.util.List.of(
                        Map.of("tool", Deployment.POSTGRES_TOOL, "actions", java.util.List.of("read", "write")),
                        Map.of("tool", Deployment.JWT_TOOL, "actions", java.util.List.of("read"))));
    }
}
