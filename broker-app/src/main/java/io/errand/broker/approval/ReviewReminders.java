package io.errand.broker.approval;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** One run at a time in the cluster, and whichever replica is there does it: the job is a row in {@code scheduled_tasks}. */
@Configuration(proxyBeanMethods = false)
class ReviewReminders {

    @Bean
    RecurringTask<Void> reviewReminderJob(ApprovalExpiry approvalExpiry, BreakGlassProperties settings) {
        return Tasks.recurring("errand-breakglass-reviews", FixedDelay.of(settings.reminderInterval()))
                .execute((instance, context) -> approvalExpiry.remind());
    }
}
