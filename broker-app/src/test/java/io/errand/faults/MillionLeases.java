package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Scene;
import io.errand.testing.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A broker starts as fast with a million live leases as with none: from the process to ready, and to its first exchange.
 * {@code .ci/full} runs it; it prints {@code target/million-leases.txt}.
 */
class MillionLeases {

    private static final int LEASES = 1_000_000;
    private static final int STARTS = 3;

    /** 1,000 agents, ten tools; all expire within an hour from now, so that the queue is as mixed as it is in life. */
    private static final String FILL = """
            WITH made AS (SELECT n, gen_random_uuid() AS task FROM generate_series(1, 1000000) AS n),
            tasks AS (
              INSERT INTO task (id, root_id, depth, agent_id, agent, subject, type, purpose, declaration, ceiling, token_id, state,
                                expires_at, owner, issuer)
              SELECT task, task, 0, md5('agent' || n % 1000)::uuid, 'agent-' || n % 1000, 'agent:agent-' || n % 1000, 'triage',
                     'one of a million', '{"type":"triage","purpose":"one of a million"}', '[]', task, 'active',
                     now() + interval '1 hour' + n * interval '3 ms', 'team@example.com', 'workloads' FROM made)
            INSERT INTO lease (id, task_id, agent, tool, actions, backend, binding, reference, state, version, expires_at, due_at,
                               activated_at)
            SELECT gen_random_uuid(), task, 'agent-' || n % 1000, 'tool-' || n % 10, '{read}', 'jwt',
                   '{"tool":"reports","actions":["read"],"config":{"audience":"https://reports.example"}}', task::text, 'active', 1,
                   now() + interval '1 hour' + n * interval '3 ms', now() + interval '1 hour' + n * interval '3 ms', now() FROM made
            """;

    private record Start(Duration ready, Duration exchanged) {}

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void startTakesNoLonger() throws IOException {
        Deployment deployment = Deployment.withoutVault()
                .with("errand.reconcile.enabled", "true")
                .with("errand.lease.max-live", "2000000");
        try (BrokerProcess first = deployment.start()) {
            Deployment.furnishWithoutVault(first);
        }
        List<Start> empty = starts(deployment);
        deployment.execute(FILL);
        deployment.execute("VACUUM ANALYZE lease");
        deployment.execute("VACUUM ANALYZE task");
        List<Start> full = starts(deployment);

        assertThat(deployment.count("SELECT count(*) FROM lease WHERE state = 'active'"))
                .isGreaterThanOrEqualTo(LEASES);
        List<String> lines = List.of(line("none", empty), line("%,d".formatted(LEASES), full));
        Files.write(Path.of("target/million-leases.txt"), lines);
        // A start differs from the next by a fifth on a machine that does other things too.
        assertThat(median(full, true))
                .as(lines.toString())
                .isLessThan(median(empty, true).multipliedBy(5).dividedBy(4));
    }

    private static List<Start> starts(Deployment deployment) {
        List<Start> starts = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            long begun = System.nanoTime();
            try (BrokerProcess broker = deployment.start()) {
                Duration ready = Duration.ofNanos(System.nanoTime() - begun);
                Scene scene = new Scene(Wire.at(broker.port()), false);
                Client.granted(scene, Deployment.JWT_TOOL, "read");
                starts.add(new Start(ready, Duration.ofNanos(System.nanoTime() - begun)));
            }
        }
        return starts;
    }

    private static Duration median(List<Start> starts, boolean exchanged) {
        List<Duration> all = new ArrayList<>(
                starts.stream().map(exchanged ? Start::exchanged : Start::ready).toList());
        Collections.sort(all);
        return all.get(all.size() / 2);
    }

    private static String line(String leases, List<Start> starts) {
        return String.format(
                Locale.ROOT,
                "million leases: with %s live leases ready after %.2f s, first exchange after %.2f s (medians of %d; %s)",
                leases,
                median(starts, false).toMillis() / 1000.0,
                median(starts, true).toMillis() / 1000.0,
                STARTS,
                starts.stream()
                        .map(start -> start.exchanged().toMillis() + " ms")
                        .toList());
    }
}
