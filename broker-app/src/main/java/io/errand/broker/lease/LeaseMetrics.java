package io.errand.broker.lease;

import io.errand.broker.credential.Backend;
import io.errand.broker.shared.metrics.DatabaseGauges;
import io.errand.broker.shared.metrics.DatabaseGauges.Sample;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What an operator watches: how many are live, how many will not go, how late the latest is, and how fast they go. */
@Component
public class LeaseMetrics {

    /** What reconciliation can find. */
    public static final Set<String> FINDING_KINDS =
            Set.of("unknown", "still_there", "absent", "unclaimed", "unreachable", "disabled", "copied");

    /** By the index lease_lane alone, which has all of its columns. */
    static final String LIVE_LEASES = """
            SELECT state, backend, target, count(*) AS leases,
                   extract(epoch FROM now() - min(CASE WHEN state = 'revoking' THEN least(revoking_at, expires_at)
                                                       ELSE due_at END)
                                      FILTER (WHERE due_at <= now() OR state = 'revoking' AND attempts > 0)) AS late
              FROM lease WHERE state <> 'revoked' GROUP BY state, backend, target
            """;

    private static final String LIVE = "errand.leases.live";
    private static final String LATE = "errand.leases.revocation.lateness.seconds";
    private static final String DUE = "errand.leases.due.age.seconds";

    private static final List<String> OUTCOMES = List.of("gone", "disabled", "retry", "lingers");

    /** From what a person does not notice to what wakes one. */
    private static final Duration[] LATENCIES = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5)
    };

    /** The one backend that every service has, and that has no targets. */
    private static final Tags OWN = Tags.of("backend", "jwt", "target", "");

    private final MeterRegistry registry;
    private final JdbcClient jdbc;

    LeaseMetrics(
            MeterRegistry registry,
            DatabaseGauges gauges,
            LeaseQueue queue,
            LeaseRows rows,
            List<Backend> backends,
            JdbcClient jdbc) {
        this.registry = registry;
        this.jdbc = jdbc;
        // Each of them is there with 0 before the first: an increase from nothing is none to Prometheus.
        for (Backend backend : backends) {
            OUTCOMES.forEach(outcome -> tries(backend.name(), outcome));
            latency(backend.name());
        }
        FINDING_KINDS.forEach(this::findings);
        gauges.several(
                Map.of(
                        LIVE, "Leases that are not revoked",
                        LATE,
                                "How long ago the authority of the longest ended lease of that state ended that is not seen gone"),
                OWN.and("state", "revoking"),
                this::live);
        gauges.several(
                Map.of(DUE, "How long the lease that waits longest for a worker is due"),
                OWN,
                () -> queue.lanes().stream()
                        .map(lane -> new Sample(
                                DUE,
                                Tags.of("backend", lane.backend(), "target", lane.target()),
                                Math.max(0, -lane.in().toMillis() / 1000.0)))
                        .toList());
        gauges.single(
                "errand.leases.irrevocable",
                "Leases that could not be destroyed often enough to be marked",
                rows::irrevocable);
        gauges.single(
                "errand.leases.disabled",
                "Revoked leases of which something is left that a person must remove",
                rows::disabled);
    }

    /** @param outcome {@code gone}, {@code disabled}, {@code retry} or {@code lingers} */
    public void tried(String backend, String outcome) {
        tries(backend, outcome).increment();
    }

    public void found(String kind) {
        findings(kind).increment();
    }

    /** From the end of its authority to REVOKED. */
    public void gone(String backend, Duration latency) {
        latency(backend).record(latency);
    }

    private Counter tries(String backend, String outcome) {
        return registry.counter("errand.lease.revocations", "backend", backend, "outcome", outcome);
    }

    private Counter findings(String kind) {
        return registry.counter("errand.reconcile.findings", "kind", kind);
    }

    private Timer latency(String backend) {
        return Timer.builder("errand.lease.revocation.latency")
                .tag("backend", backend)
                .serviceLevelObjectives(LATENCIES)
                .register(registry);
    }

    /**
     * One look at every live lease, which {@link DatabaseGauges} makes as seldom as it takes long. A credential that others check
     * offline waits for its own end, and is not late: it is not due, and was never tried in vain.
     */
    private List<Sample> live() {
        List<Sample> samples = new ArrayList<>();
        jdbc.sql(LIVE_LEASES)
                .query((row, n) -> {
                    Tags lane = Tags.of(
                            "backend", row.getString("backend"),
                            "target", row.getString("target"),
                            "state", row.getString("state"));
                    samples.add(new Sample(LIVE, lane, row.getDouble("leases")));
                    samples.add(new Sample(LATE, lane, row.getDouble("late")));
                    return n;
                })
                .list();
        return samples;
    }
}
