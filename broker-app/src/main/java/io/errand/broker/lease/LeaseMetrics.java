package io.errand.broker.lease;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What an operator watches: how many are live, how many will not go, how fast they go. */
@Component
class LeaseMetrics {

    private final MeterRegistry registry;

    LeaseMetrics(MeterRegistry registry, JdbcClient jdbc) {
        this.registry = registry;
        for (String state : new String[] {"pending", "active", "revoking"}) {
            Gauge.builder("errand.leases.live", () -> count(jdbc, "state = '" + state + "'"))
                    .tag("state", state)
                    .register(registry);
        }
        Gauge.builder("errand.leases.irrevocable", () -> count(jdbc, "irrevocable AND state <> 'revoked'"))
                .register(registry);
    }

    /** @param outcome {@code gone}, {@code retry} or {@code lingers} */
    void tried(String backend, String outcome) {
        registry.counter("errand.lease.revocations", "backend", backend, "outcome", outcome)
                .increment();
    }

    void found(String kind) {
        registry.counter("errand.reconcile.findings", "kind", kind).increment();
    }

    /** From REVOKING to REVOKED. */
    void gone(String backend, Duration latency) {
        registry.timer("errand.lease.revocation.latency", "backend", backend).record(latency);
    }

    private static long count(JdbcClient jdbc, String which) {
        return jdbc.sql("SELECT count(*) FROM lease WHERE " + which)
                .query(Long.class)
                .single();
    }
}
