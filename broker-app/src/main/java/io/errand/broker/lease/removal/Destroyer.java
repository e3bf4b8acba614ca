package io.errand.broker.lease.removal;

import io.errand.broker.audit.Audit;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.Lease;
import io.errand.broker.lease.LeaseIrrevocable;
import io.errand.broker.lease.LeaseMetrics;
import io.errand.broker.lease.LeaseProperties;
import io.errand.broker.lease.LeaseQueue;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.reconciliation.DeploymentWatch;
import io.errand.broker.shared.Backoff;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What a worker does with one claimed lease. No transaction is open while the target is asked. */
@Component
public class Destroyer {

    private static final Logger LOG = LoggerFactory.getLogger(Destroyer.class);

    /** Tries in a row of one that resists; each has seconds. */
    private static final int INSISTENCE = 3;

    /** Tries of one that is unusable already and that a lock keeps from being dropped, before it ends as disabled. */
    private static final int PASSING = 3;

    private static final Backoff DELAYS = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));

    private final LeaseRows rows;
    private final LeaseQueue queue;
    private final Backends backends;
    private final DeploymentWatch watch;
    private final LeaseSettlement leaseSettlement;
    private final LeaseMetrics metrics;
    private final Audit audit;
    private final ApplicationEventPublisher events;
    private final TransactionTemplate transaction;
    private final LeaseProperties settings;

    Destroyer(
            LeaseRows rows,
            LeaseQueue queue,
            Backends backends,
            DeploymentWatch watch,
            LeaseSettlement leaseSettlement,
            LeaseMetrics metrics,
            Audit audit,
            ApplicationEventPublisher events,
            TransactionTemplate transaction,
            LeaseProperties settings) {
        this.rows = rows;
        this.queue = queue;
        this.backends = backends;
        this.watch = watch;
        this.leaseSettlement = leaseSettlement;
        this.metrics = metrics;
        this.audit = audit;
        this.events = events;
        this.transaction = transaction;
        this.settings = settings;
    }

    /** What a worker does next. */
    enum Next {
        /** Nothing: the row says what came of it. */
        NOTHING,
        /** The target is left alone for now, or so slow that the claim may run out; the lease was not touched. */
        RELEASE,
        /** Its holder keeps it from being ended: {@link #insist}. */
        INSIST
    }

    boolean forestalls(String backend, String target) {
        return backends.byName(backend).map(one -> one.forestalls(target)).orElse(false);
    }

    /** Before many of one target are worked on one after another. */
    void forestall(List<Lease> claimed, Lane lane) {
        try {
            if (!claimed.isEmpty()
                    && (claimed.size() > 1 || lane.busy())
                    && claimed.stream().allMatch(lease -> watch.instead(lease).isEmpty())) {
                backends.byName(claimed.getFirst().backend())
                        .ifPresent(backend -> backend.forestall(
                                lane.target, claimed.stream().map(Lease::id).toList()));
            }
        } catch (RuntimeException e) {
            LOG.warn("{} leases are ended one by one: {}", claimed.size(), e.toString());
        }
    }

    /** @param stale the reading of {@link System#nanoTime()} after which the lease is not begun any more */
    Next process(Lease lease, Lane lane, long stale) {
        lane.enter();
        Destruction destruction;
        long begun = System.nanoTime();
        try {
            if (!lane.circuit.waits().isZero() || begun - stale > 0) {
                return Next.RELEASE;
            }
            destruction = destroy(lease, Backend::destroy);
            tell(lane, destruction);
        } finally {
            lane.leave(Duration.ofNanos(System.nanoTime() - begun));
        }
        if (destruction instanceof Destruction.Resists(String cause)) {
            LOG.warn("Lease {} resists: {}", lease.id(), cause);
            return Next.INSIST;
        }
        finish(lease, destruction);
        return Next.NOTHING;
    }

    /** Again and at once, with more time, a few at a time for each target: those that do not resist go on beside it. */
    Next insist(Lease lease, Lane lane, long stale) {
        lane.enterResisting();
        try {
            Destruction destruction = new Destruction.Resists("not tried");
            for (int i = 0; i < INSISTENCE && destruction instanceof Destruction.Resists; i++) {
                if (!lane.circuit.waits().isZero() || System.nanoTime() - stale > 0) {
                    return Next.RELEASE;
                }
                destruction = destroy(lease, Backend::insist);
                tell(lane, destruction);
            }
            finish(lease, destruction);
            return Next.NOTHING;
        } finally {
            lane.leaveResisting();
        }
    }

    private void finish(Lease lease, Destruction destruction) {
        boolean ours = switch (destruction) {
            case Destruction.Gone gone -> leaseSettlement.settle(lease, gone);
            // A lock that somebody holds for a moment is no reason to leave anything behind.
            case Destruction.Disabled disabled
            when disabled.passing() && lease.attempts() < PASSING ->
                retry(lease, new Destruction.Retry(disabled.cause(), null));
            case Destruction.Disabled disabled -> {
                LOG.error(
                        "Lease {} of agent {} is disabled, and must be removed by hand: {} {}",
                        lease.id(),
                        lease.agent(),
                        disabled.cause(),
                        disabled.remedy());
                yield leaseSettlement.settle(lease, disabled);
            }
            case Destruction.Resists(String cause) -> retry(lease, new Destruction.Retry(cause, null));
            case Destruction.Retry retry -> retry(lease, retry);
            case Destruction.Lingers(var until) -> {
                metrics.tried(lease.backend(), "lingers");
                yield rows.linger(lease, until);
            }
        };
        if (!ours) {
            queue.release(List.of(lease));
        }
    }

    private static void tell(Lane lane, Destruction destruction) {
        if (destruction instanceof Destruction.Retry(String cause, Duration after, boolean down) && down) {
            Duration rest = lane.circuit.failed(after);
            if (rest != null) {
                LOG.warn("The {} is left alone for {}: {}", lane, rest, cause);
            }
        } else if (lane.circuit.answered()) {
            LOG.info("The {} answers again", lane);
        }
    }

    private Destruction destroy(Lease lease, BiFunction<Backend, Backend.Remains, Destruction> how) {
        try {
            Optional<Destruction> instead = watch.instead(lease);
            if (instead.isPresent()) {
                return instead.get();
            }
            return backends.byName(lease.backend())
                    .map(backend -> how.apply(backend, lease.remains()))
                    .orElseGet(() -> new Destruction.Retry("The service has no such backend.", null));
        } catch (RuntimeException e) {
            LOG.error("Backend {} failed on lease {}", lease.backend(), lease.id(), e);
            return new Destruction.Retry("The backend failed: " + e, null);
        }
    }

    private boolean retry(Lease lease, Destruction.Retry failed) {
        LOG.warn("Lease {} is not gone yet after {} tries: {}", lease.id(), lease.attempts() + 1, failed.cause());
        metrics.tried(lease.backend(), "retry");
        boolean irrevocable = lease.attempts() + 1 >= settings.irrevocableAfter();
        Duration delay = delay(lease.attempts(), failed.after());
        return Boolean.TRUE.equals(transaction.execute(status -> {
            boolean ours = rows.retry(lease, failed.cause(), irrevocable, delay);
            if (ours && irrevocable && !lease.irrevocable()) {
                alert(lease, failed.cause());
            }
            return ours;
        }));
    }

    /** It is tried on; but a person should look, so it is said in the log, on the record, and to whoever listens. */
    private void alert(Lease lease, String cause) {
        LOG.error(
                "Lease {} of agent {} on tool {} is irrevocable so far: {}",
                lease.id(),
                lease.agent(),
                lease.tool(),
                cause);
        audit.record(LeaseQueue.event("lease.irrevocable", lease)
                .outcome("irrevocable")
                .with("attempts", lease.attempts() + 1)
                .with("cause", cause));
        events.publishEvent(new LeaseIrrevocable(lease.id(), lease.agent(), lease.tool(), cause));
    }

    /** @param after what the target asked for; null: nothing */
    static Duration delay(int attempts, @Nullable Duration after) {
        Duration own = DELAYS.partlyRandom(attempts + 1);
        return after != null && after.compareTo(own) > 0 ? after : own;
    }
}
