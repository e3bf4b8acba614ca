package io.errand.broker.lease;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/**
 * Wakes requests that wait until the leases of a task are gone. It polls the database too, since another replica may finish
 * them.
 */
@Component
public class LeaseGoneNotifier {

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ConcurrentHashMap<UUID, Set<Semaphore>> waiting = new ConcurrentHashMap<>();

    /** A lease of the task is gone. */
    public void announce(UUID task) {
        waiting.getOrDefault(task, Set.of()).forEach(Semaphore::release);
    }

    public boolean await(UUID task, Duration atMost, BooleanSupplier gone) {
        long end = System.nanoTime() + atMost.toNanos();
        Semaphore bell = new Semaphore(0);
        waiting.compute(task, (id, others) -> {
            Set<Semaphore> all = others == null ? ConcurrentHashMap.newKeySet() : others;
            all.add(bell);
            return all;
        });
        try {
            while (true) {
                if (gone.getAsBoolean()) {
                    return true;
                }
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                if (bell.tryAcquire(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS)) {
                    bell.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting.computeIfPresent(task, (id, all) -> {
                all.remove(bell);
                return all.isEmpty() ? null : all;
            });
        }
    }
}
