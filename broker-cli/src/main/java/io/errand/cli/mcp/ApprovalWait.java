package io.errand.cli.mcp;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** How long a call may wait for people to approve it. One for the life of a guard; closing it ends what waits. */
public final class ApprovalWait implements AutoCloseable {

    /** Each question is a decision on the audit log, so not too often. */
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final Duration longest;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param longest zero: nobody waits */
    public ApprovalWait(Duration longest) {
        this.longest = longest;
    }

    /** Since a call began to wait. */
    final class Since {

        private final long start = System.nanoTime();

        /** True after a while; false where there is no time left, or nobody waits any more. */
        boolean pause(BooleanSupplier isStillWanted) {
            if (System.nanoTime() - start + INTERVAL.toNanos() > longest.toNanos()) {
                return false;
            }
            try {
                return !closed.await(INTERVAL.toNanos(), TimeUnit.NANOSECONDS) && isStillWanted.getAsBoolean();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    boolean isOn() {
        return longest.isPositive();
    }

    Since begin() {
        return new Since();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
