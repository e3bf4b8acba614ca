package io.errand.broker.discovery;

import io.errand.broker.agent.UnknownIdentities;
import io.errand.broker.shared.Names;
import jakarta.annotation.PreDestroy;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Counts identities that are no agent's, and writes once a second what was counted: nobody who is refused waits for it, and a crash
 * loses a second of it. Only who was verified comes here; those who are too many at once are counted together.
 */
@Component
class UnknownCallers implements UnknownIdentities {

    private static final Logger LOG = LoggerFactory.getLogger(UnknownCallers.class);

    /** In one second. */
    private static final int MOST = 1_000;

    private final DiscoveredTable table;
    private final ConcurrentHashMap<Of, Long> counted = new ConcurrentHashMap<>();

    UnknownCallers(DiscoveredTable table) {
        this.table = table;
    }

    private record Of(String issuer, String subject) {}

    @Override
    public void seen(String issuer, String subject) {
        Of of = new Of(issuer, subject);
        boolean fits = subject.getBytes(StandardCharsets.UTF_8).length <= Names.MAX_SUBJECT_BYTES
                && (counted.size() < MOST || counted.containsKey(of));
        counted.merge(fits ? of : new Of(issuer, ""), 1L, Long::sum);
    }

    @PreDestroy
    @Scheduled(fixedDelayString = "PT1S")
    void write() {
        for (Of of : counted.keySet()) {
            Long times = counted.remove(of);
            if (times != null) {
                try {
                    table.seen(
                            DiscoveredTable.IDENTITY,
                            of.issuer(),
                            new DiscoveredTable.Seen(of.subject(), null, times, false));
                } catch (RuntimeException e) {
                    counted.merge(of, times, Long::sum);
                    LOG.warn("Identities that are no agent's wait to be written down: {}", e.toString());
                    return;
                }
            }
        }
    }
}
