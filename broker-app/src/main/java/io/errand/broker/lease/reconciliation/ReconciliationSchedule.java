package io.errand.broker.lease.reconciliation;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.errand.broker.audit.AuditEvent;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.env.Environment;

/** One run at a time in the cluster, and whichever replica is there does it: the job is a row in {@code scheduled_tasks}. */
@Configuration(proxyBeanMethods = false)
@Import(ReconciliationSchedule.Jobs.class)
class ReconciliationSchedule {

    /** A registrar looks at the setting at each start; a condition would have been decided when the image was built. */
    static final class Jobs implements BeanRegistrar {

        private static final ParameterizedTypeReference<RecurringTask<Void>> JOB =
                new ParameterizedTypeReference<>() {};

        @Override
        public void register(BeanRegistry registry, Environment environment) {
            if (!environment.getProperty("errand.reconcile.enabled", Boolean.class, true)) {
                return;
            }
            registry.registerBean("reconciliationJob", JOB, spec -> spec.supplier(ReconciliationSchedule::all));
            registry.registerBean("targetsJob", JOB, spec -> spec.supplier(ReconciliationSchedule::targets));
        }
    }

    private static RecurringTask<Void> all(BeanRegistry.SupplierContext beans) {
        Reconciliation reconciliation = beans.bean(Reconciliation.class);
        return Tasks.recurring(
                        "errand-reconciliation",
                        FixedDelay.of(beans.bean(ReconcileProperties.class).interval()))
                .execute((instance, context) -> reconciliation.run(AuditEvent.BROKER));
    }

    private static RecurringTask<Void> targets(BeanRegistry.SupplierContext beans) {
        Reconciliation reconciliation = beans.bean(Reconciliation.class);
        return Tasks.recurring(
                        "errand-reconciliation-targets",
                        FixedDelay.of(beans.bean(ReconcileProperties.class).targetsInterval()))
                .execute((instance, context) -> reconciliation.watch(AuditEvent.BROKER));
    }
}
