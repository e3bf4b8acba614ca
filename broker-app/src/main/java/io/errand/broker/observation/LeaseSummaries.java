package io.errand.broker.observation;

import io.errand.api.LeaseView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.lease.Leases;
import io.errand.broker.observation.ObservationTables.Summary;
import io.errand.broker.shared.Ids;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What was observed of a lease goes into the audit log when the lease was seen to be gone, so that whoever has an export of the log, and
 * no access, can tell what was used. Where more is read later there is another event, with everything until then.
 */
@Component
class LeaseSummaries {

    static final String KIND = "lease.observed";

    private static final int BATCH = 100;
    private static final int MOST = 100;

    private final ObservationProperties settings;
    private final ObservationTables tables;
    private final Leases leases;
    private final Audit audit;
    private final TransactionTemplate transaction;

    LeaseSummaries(
            ObservationProperties settings,
            ObservationTables tables,
            Leases leases,
            Audit audit,
            TransactionTemplate transaction) {
        this.settings = settings;
        this.tables = tables;
        this.leases = leases;
        this.audit = audit;
        this.transaction = transaction;
    }

    /** Those of which nothing new was seen for ten seconds. Every replica may. */
    @Scheduled(fixedDelayString = "PT2S")
    void summarize() {
        if (!settings.sources().isEmpty()) {
            transaction.executeWithoutResult(
                    status -> tables.dueSummaries(BATCH).forEach(this::summarize));
        }
    }

    private void summarize(UUID id) {
        LeaseView lease = leases.find(id).orElse(null);
        if (lease != null && lease.revokedAt() == null) {
            tables.putOff(id);
            return;
        }
        tables.summarized(id);
        List<Summary> seen = tables.summary(id);
        if (lease == null || seen.isEmpty()) {
            return; // taken back, or pruned
        }
        audit.record(AuditEvent.of(KIND)
                .by(AuditEvent.BROKER)
                .agent(lease.agent())
                .task(Ids.parse(lease.task()).orElse(null))
                .lease(id)
                .with("tool", lease.tool())
                .with(
                        "accesses",
                        seen.stream().limit(MOST).map(LeaseSummaries::access).toList())
                .with("accesses_count", seen.size()));
    }

    private static Map<String, Object> access(Summary seen) {
        Map<String, Object> access = new LinkedHashMap<>();
        access.put("target", seen.target());
        access.put("what", seen.what());
        access.put("command", seen.command());
        access.put("object", seen.object());
        access.put("sessions", seen.sessions());
        access.put("times", seen.times());
        access.put("first_at", seen.firstAt().toInstant().toString());
        access.put("last_at", seen.lastAt().toInstant().toString());
        return access;
    }
}
