package io.errand.broker.shared;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.task.SimpleAsyncTaskSchedulerBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.support.TaskUtils;

/** Jobs of this process that come again by themselves. */
@Configuration(proxyBeanMethods = false)
class Scheduling {

    @Bean
    SimpleAsyncTaskScheduler taskScheduler(SimpleAsyncTaskSchedulerBuilder builder) {
        return builder.configure(new DelayedSideBySide());
    }

    /**
     * The framework's scheduler for virtual threads has one thread for all jobs with a delay between their runs: one that waits for
     * an answer from the network keeps the others from ending tasks and from growing the log. Here they run beside each other.
     */
    static final class DelayedSideBySide extends SimpleAsyncTaskScheduler {

        private static final long serialVersionUID = 1L;

        /** More than there are jobs that wait for somebody else; few, since each may hold a connection to the database. */
        private static final int AT_A_TIME = 8;

        private final transient ScheduledExecutorService delayed = Executors.newScheduledThreadPool(
                AT_A_TIME, Thread.ofVirtual().name("scheduling-delayed-", 1).factory());

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
            return after(task, Duration.ZERO, delay);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant startTime, Duration delay) {
            return after(task, Duration.between(getClock().instant(), startTime), delay);
        }

        private ScheduledFuture<?> after(Runnable task, Duration first, Duration delay) {
            return delayed.scheduleWithFixedDelay(
                    TaskUtils.decorateTaskWithErrorHandler(task, null, true),
                    first.toNanos(),
                    delay.toNanos(),
                    TimeUnit.NANOSECONDS);
        }

        @Override
        public void onApplicationEvent(ContextClosedEvent event) {
            super.onApplicationEvent(event);
            delayed.shutdown();
        }

        @Override
        public void close() {
            super.close();
            delayed.shutdownNow();
        }
    }
}
