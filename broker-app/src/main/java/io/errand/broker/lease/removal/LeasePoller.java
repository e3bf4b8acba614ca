package io.errand.broker.lease.removal;

import io.errand.broker.lease.LeaseProperties;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Keeps the worker working: the one thread that looks at the queue, when told to, when something is due, and now and then. */
@Component
public class LeasePoller implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(LeasePoller.class);

    private static final Duration STOP = Duration.ofSeconds(5);

    /** Between two looks at least, when what is due is claimed by others. */
    private static final long BREATH_MILLIS = 20;

    private final LeaseWorker worker;
    private final LeaseListener listener;
    private final LeaseProperties settings;
    private final Semaphore bell = new Semaphore(0);
    private volatile boolean running;
    private @Nullable Thread thread;

    public LeasePoller(LeaseWorker worker, LeaseListener listener, LeaseProperties settings) {
        this.worker = worker;
        this.listener = listener;
        this.settings = settings;
    }

    @Override
    public boolean isAutoStartup() {
        return settings.worker().enabled();
    }

    @Override
    public synchronized void start() {
        if (running) {
            return;
        }
        running = true;
        listener.start(bell::release);
        thread = Thread.ofPlatform().name("errand-lease-poller").daemon().start(this::poll);
    }

    private void poll() {
        while (running) {
            try {
                bell.drainPermits();
                LeaseWorker.Round round = worker.dispatch(bell::release);
                rest(round.work().isEmpty() ? Math.max(round.rest().toMillis(), BREATH_MILLIS) : 0);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("The lease queue cannot be read; trying again in {}", settings.pollInterval(), e);
                try {
                    rest(settings.pollInterval().toMillis());
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
    }

    private void rest(long millis) throws InterruptedException {
        if (millis > 0) {
            boolean rung = bell.tryAcquire(millis, TimeUnit.MILLISECONDS);
            LOG.trace("{} at the lease queue", rung ? "Called" : "Back");
        }
    }

    /** Claims nothing more, and waits a little for what is in hand; what is not done then comes back when its claim is over. */
    @Override
    public synchronized void stop() {
        if (!running) {
            return;
        }
        running = false;
        bell.release();
        listener.stop();
        Thread poller = thread;
        long end = System.nanoTime() + STOP.toNanos();
        try {
            if (poller != null && !poller.join(STOP)) {
                poller.interrupt();
            }
            while (!worker.idle() && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.timedWait(this, 20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
