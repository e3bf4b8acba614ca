package io.errand.broker.lease;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.errand.broker.audit.AuditEvent;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** One run at a time in the cluster, and whichever replica is there does it: the job is a row in {@code scheduled_tasks}. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "errand.reconcile.enabled", matchIfMissing = true)
class ReconciliationSchedule {

    @Bean
    RecurringTask<Void> reconciliationJob(Reconciliation reconciliation, ReconcileProperties settings) {
        return Tasks.recurring("errand-reconciliation", FixedDelay.of(settings.interval()))
                .execute((instance, context) -> reconciliation.run(AuditEvent.BROKER));
    }

    @Bean
    RecurringTask<Void> targetsJob(Reconciliation reconciliation, ReconcileProperties settings) {
        return Tasks.recurring("errand-reconciliation-targets", FixedDelay.of(settings.targetsInterval()))
                .execute((instance, context) -> reconciliation.watch(AuditEvent.BROKER));
    }
}
