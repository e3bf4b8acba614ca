package io.errand.broker.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SchedulingTest {

    @Test
    void aJobThatWaitsKeepsNoOtherFromItsTime() throws InterruptedException {
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(3);
        try (Scheduling.DelayedSideBySide scheduler = new Scheduling.DelayedSideBySide()) {
            var waiting = scheduler.scheduleWithFixedDelay(() -> await(waits), Duration.ofMillis(1));
            var other = scheduler.scheduleWithFixedDelay(others::countDown, Instant.now(), Duration.ofMillis(1));

            assertThat(others.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(waiting.isDone()).isFalse();
            assertThat(other.isDone()).isFalse();
        } finally {
            waits.countDown();
        }
    }

    @Test
    void aJobThatFailsComesAgain() throws InterruptedException {
        CountDownLatch runs = new CountDownLatch(2);
        try (Scheduling.DelayedSideBySide scheduler = new Scheduling.DelayedSideBySide()) {
            var failing = scheduler.scheduleWithFixedDelay(
                    () -> {
                        runs.countDown();
                        throw new IllegalStateException("on purpose");
                    },
                    Duration.ofMillis(1));

            assertThat(runs.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(failing.isDone()).isFalse();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
