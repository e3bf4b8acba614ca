package io.errand.broker.audit;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The log's partitions, made three months before they begin. A run that fails is made good by a later one: until then, and where no
 * service ran for months, events are in the default partition, from which the function moves them.
 */
@Configuration(proxyBeanMethods = false)
class AuditMonths {

    private static final Logger LOG = LoggerFactory.getLogger(AuditMonths.class);

    private static final int HOURS = 12;

    @Bean
    RecurringTask<Void> auditMonthsJob(JdbcClient jdbc) {
        return Tasks.recurring("errand-audit-months", FixedDelay.ofHours(HOURS)).execute((instance, context) -> {
            int made =
                    jdbc.sql("SELECT audit_months_ahead()").query(Integer.class).single();
            if (made > 0) {
                LOG.info("{} months of the audit log were made ahead", made);
            }
        });
    }
}
