package io.errand.broker.audit;

import io.errand.broker.audit.RefusalTally.Counted;
import jakarta.annotation.PreDestroy;
import java.time.OffsetDateTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Refusals that share an event (P4): a row counts them, which is written each second, and when its minute is over one event says how
 * many they were, in the transaction that takes the row away.
 */
@Component
class CountedRefusals {

    static final String KIND = "audit.refusals_counted";

    private static final Logger LOG = LoggerFactory.getLogger(CountedRefusals.class);

    private final RefusalTally tally;
    private final JdbcClient jdbc;
    private final Audit audit;
    private final TransactionTemplate transaction;

    CountedRefusals(RefusalTally tally, JdbcClient jdbc, Audit audit, TransactionTemplate transaction) {
        this.tally = tally;
        this.jdbc = jdbc;
        this.audit = audit;
        this.transaction = transaction;
    }

    @PreDestroy
    @Scheduled(fixedDelayString = "PT1S")
    void write() {
        tally.take().forEach(this::write);
    }

    private void write(Counted counted) {
        try {
            jdbc.sql("""
                            INSERT INTO refusal_count (kind, reason, minute, counted, last_at)
                            VALUES (:kind, :reason, date_trunc('minute', now()), :times, now())
                            ON CONFLICT (kind, reason, minute)
                            DO UPDATE SET counted = refusal_count.counted + excluded.counted, last_at = excluded.last_at
                            """)
                    .param("kind", counted.kind().kind())
                    .param("reason", counted.kind().reason())
                    .param("times", counted.times())
                    .update();
        } catch (RuntimeException e) {
            tally.putBack(counted);
            LOG.warn("{} refusals wait to be counted: {}", counted.times(), e.toString());
        }
    }

    private record Minute(String kind, String reason, OffsetDateTime minute, long counted, OffsetDateTime lastAt) {}

    /** Some seconds after its end: who wrote at the last moment has committed by then. */
    @Scheduled(fixedDelayString = "PT5S")
    void close() {
        transaction.executeWithoutResult(status -> jdbc.sql("""
                        DELETE FROM refusal_count
                         WHERE (kind, reason, minute) IN (SELECT kind, reason, minute FROM refusal_count
                                                           WHERE minute < now() - interval '70 seconds'
                                                           ORDER BY minute, kind, reason
                                                             FOR UPDATE SKIP LOCKED LIMIT 100)
                        RETURNING kind, reason, minute, counted, last_at
                        """)
                .query((row, n) -> new Minute(
                        row.getString("kind"),
                        row.getString("reason"),
                        row.getObject("minute", OffsetDateTime.class),
                        row.getLong("counted"),
                        row.getObject("last_at", OffsetDateTime.class)))
                .list()
                .forEach(minute -> audit.record(AuditEvent.of(KIND)
                        .by(AuditEvent.BROKER)
                        .outcome("refused")
                        .with("kind", minute.kind())
                        .with("reason", minute.reason())
                        .with("minute", minute.minute().toInstant().toString())
                        .with("counted", minute.counted())
                        .with("last_at", minute.lastAt().toInstant().toString()))));
    }
}
