package io.errand.broker.policy.registry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Parses policies as soon as they come into force, at whichever replica that was. Only an optimisation: a decision that comes
 * first reads the version from the database and waits for the parser.
 */
@Component
class PolicyPreloader {

    private static final Logger LOG = LoggerFactory.getLogger(PolicyPreloader.class);

    private final ActiveRules active;
    private final OpenPolicies open;
    private final AtomicBoolean busy = new AtomicBoolean();

    PolicyPreloader(ActiveRules active, OpenPolicies open, MeterRegistry registry) {
        this.active = active;
        this.open = open;
        Gauge.builder("errand.policies", active::size)
                .description("Policies in force that this replica has parsed")
                .register(registry);
    }

    /** At a rate, so that it is on a thread of its own, and nothing that is slow delays it. */
    @Scheduled(fixedRateString = "${errand.policy.look-interval:PT0.25S}")
    void look() {
        if (busy.compareAndSet(false, true)) {
            try {
                active.prepare();
                open.prepare();
            } catch (RuntimeException | LinkageError e) {
                LOG.debug("Nothing could be prepared; each decision says so", e);
            } finally {
                busy.set(false);
            }
        }
    }
}
