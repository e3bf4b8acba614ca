package io.errand.broker.audit;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.errand.api.log.Tile;
import io.errand.broker.audit.LogTables.Log;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Months that are over are dropped, if a setting says after how many. Entries of theirs go too, as C2SP {@code tlog-tiles} describes
 * pruning: those below a minimum index, in whole bundles. Tiles and checkpoints stay, so what remains verifies as before.
 */
@Configuration(proxyBeanMethods = false)
class AuditRetention {

    private static final Logger LOG = LoggerFactory.getLogger(AuditRetention.class);

    private static final int HOURS = 12;

    @Bean
    RecurringTask<Void> auditRetentionJob(
            JdbcClient jdbc,
            LogTables tables,
            LogEntries entries,
            Audit audit,
            AuditProperties settings,
            PlatformTransactionManager transactions) {
        int keep = Objects.requireNonNullElse(settings.keepMonths(), 0);
        TransactionTemplate transaction = new TransactionTemplate(transactions);
        return Tasks.recurring("errand-audit-retention", FixedDelay.ofHours(HOURS))
                .execute((instance, context) ->
                        transaction.executeWithoutResult(status -> drop(jdbc, tables, entries, audit, keep)));
    }

    /** @param keep 0: all months */
    static void drop(JdbcClient jdbc, LogTables tables, LogEntries entries, Audit audit, int keep) {
        jdbc.sql("DELETE FROM audit_retention WHERE months <> :months")
                .param("months", keep)
                .update();
        if (keep == 0) {
            return;
        }
        jdbc.sql("INSERT INTO audit_retention (months) VALUES (:months) ON CONFLICT DO NOTHING")
                .param("months", keep)
                .update();
        tables.lock(); // what is taken away gets no place meanwhile
        List<String> months =
                jdbc.sql("SELECT audit_drop_months()").query(String.class).list();
        if (months.isEmpty()) {
            return;
        }
        long minimum = entries.prune(tables.newest().orElseThrow(), months.getLast());
        audit.record(AuditEvent.of("audit.months_dropped")
                .by(AuditEvent.BROKER)
                .with("months", months)
                .with("origin", tables.newest().map(Log::origin).orElse(null))
                .with("minimum_index", minimum)
                .with("bundles", minimum / Tile.WIDTH));
        LOG.info("The audit log's months {} were dropped; its entries begin at place {}", months, minimum);
    }
}
