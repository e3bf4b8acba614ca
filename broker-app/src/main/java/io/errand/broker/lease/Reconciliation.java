package io.errand.broker.lease;

import io.errand.api.ReconciliationView;
import io.errand.broker.audit.Audit;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backend.Listing;
import io.errand.broker.credential.Backend.Live;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.Findings.Found;
import io.errand.broker.lease.Findings.Run;
import io.errand.broker.shared.Ids;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Compares what stands at the targets with the leases. Each target is listed first and the rows are read after that, so whatever
 * is under way explains itself: see {@link Standings}. Nothing is done that is not found, recorded and audited before.
 */
@Component
class Reconciliation {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

    private final Backends backends;
    private final Standings standings;
    private final Findings findings;
    private final UnresolvedLeases unresolved;
    private final Revocations revocations;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final ReconcileProperties settings;
    private final ReentrantLock one = new ReentrantLock();

    Reconciliation(
            Backends backends,
            Standings standings,
            Findings findings,
            UnresolvedLeases unresolved,
            Revocations revocations,
            Audit audit,
            TransactionTemplate transaction,
            ReconcileProperties settings) {
        this.backends = backends;
        this.standings = standings;
        this.findings = findings;
        this.unresolved = unresolved;
        this.revocations = revocations;
        this.audit = audit;
        this.transaction = transaction;
        this.settings = settings;
    }

    /** Two at once would do no harm, but find everything twice. */
    ReconciliationView run(String who) {
        one.lock();
        try {
            Run run = new Run(Ids.next(), who);
            Instant begun = standings.now();
            int targets = 0;
            int credentials = 0;
            for (Backend backend : backends.all()) {
                Instant listedFrom = standings.now();
                for (Listing listing : list(backend)) {
                    targets++;
                    credentials += compare(run, backend, listing, listedFrom);
                }
            }
            findings.forget(LeaseRows.seconds(settings.keep()));
            int found = findings.count(run.id());
            LOG.info(
                    "Reconciliation {}: {} targets, {} credentials, {} findings",
                    run.id(),
                    targets,
                    credentials,
                    found);
            return new ReconciliationView(
                    run.id().toString(),
                    begun,
                    targets,
                    credentials,
                    found,
                    findings.ofRun(run.id(), ReconciliationView.MOST));
        } finally {
            one.unlock();
        }
    }

    /** A backend that fails is one that cannot be looked at, and does not stop the others. */
    private static List<Listing> list(Backend backend) {
        try {
            return backend.list();
        } catch (RuntimeException e) {
            LOG.error("Backend {} failed while it listed", backend.name(), e);
            return List.of(new Listing.Unreachable("", "The backend failed: " + e));
        }
    }

    private int compare(Run run, Backend backend, Listing listing, Instant begun) {
        return switch (listing) {
            case Listing.Unreachable(String target, String cause) -> {
                LOG.warn("Cannot reconcile {} {}: {}", backend.name(), target, cause);
                findings.record(run, new Found("unreachable", backend.name(), target, null, null, "none", cause));
                yield 0;
            }
            case Listing.Seen(String target, List<Live> live) -> {
                for (int from = 0; from < live.size(); from += Standings.PAGE) {
                    destroyStrangers(
                            run, backend, live.subList(from, Math.min(from + Standings.PAGE, live.size())), begun);
                }
                closeAbsent(run, backend, target, live, begun);
                finishDisabled(run, backend, target);
                yield live.size();
            }
        };
    }

    private void destroyStrangers(Run run, Backend backend, List<Live> page, Instant begun) {
        Map<UUID, Standings.Standing> known = standings.of(page, begun);
        for (Live live : page) {
            switch (known.getOrDefault(live.lease(), Standings.Standing.UNKNOWN)) {
                case LIVE, REVOKED_SINCE, DISABLED -> {}
                case UNKNOWN -> stranger(run, backend, live, "unknown", "No lease of this id is known.");
                case REVOKED_BEFORE -> stranger(run, backend, live, "still_there", "Its lease is revoked.");
            }
        }
    }

    private void stranger(Run run, Backend backend, Live live, String kind, String why) {
        if (!live.owned()) {
            findings.record(
                    run,
                    new Found(
                            "unclaimed",
                            backend.name(),
                            live.target(),
                            live.lease(),
                            live.shown(),
                            "none",
                            why + " It does not say which broker made it, so it is left for a person to remove."));
            return;
        }
        Found found = new Found(kind, backend.name(), live.target(), live.lease(), live.shown(), "destroying", why);
        UUID finding = findings.record(run, found);
        LOG.warn("Reconciliation found {} at {} {}: {}", live.shown(), backend.name(), live.target(), why);
        switch (destroy(backend, live.remains())) {
            case Destruction.Gone gone ->
                findings.settle(run, finding, found, "destroyed", why + " " + gone.statement());
            case Destruction.Lingers(Instant until) ->
                findings.settle(
                        run, finding, found, "lingers", why + " Who checks it offline accepts it until " + until);
            case Destruction.Retry retry -> findings.settle(run, finding, found, "failed", why + " " + retry.cause());
            case Destruction.Resists(String cause) -> findings.settle(run, finding, found, "failed", why + " " + cause);
            case Destruction.Disabled disabled ->
                findings.settle(
                        run,
                        finding,
                        found,
                        "failed",
                        why + " It cannot be used any more. " + disabled.cause() + " A database administrator runs: "
                                + disabled.remedy());
        }
    }

    /** What ended as disabled is removed as soon as it can be: by this run, or by a person before it. */
    private void finishDisabled(Run run, Backend backend, String target) {
        @Nullable UUID after = null;
        List<UnresolvedLeases.Unresolved> page;
        do {
            page = unresolved.page(backend.name(), target, after, Standings.PAGE);
            for (UnresolvedLeases.Unresolved one : page) {
                switch (destroy(backend, one.remains())) {
                    case Destruction.Gone gone -> unresolved.resolve(run, one, gone);
                    case Destruction.Disabled disabled -> unresolved.still(one, disabled);
                    case Destruction.Retry retry ->
                        LOG.warn("Lease {} is disabled, and was not looked at: {}", one.lease(), retry.cause());
                    case Destruction.Lingers(Instant until) ->
                        LOG.warn("Lease {} is disabled, and lingers until {}", one.lease(), until);
                    case Destruction.Resists(String cause) ->
                        LOG.error("Lease {} was disabled, and is not any more: {}", one.lease(), cause);
                }
                after = one.lease();
            }
        } while (page.size() == Standings.PAGE);
    }

    private static Destruction destroy(Backend backend, Backend.Remains remains) {
        try {
            Destruction first = backend.destroy(remains);
            return first instanceof Destruction.Resists ? backend.insist(remains) : first;
        } catch (RuntimeException e) {
            LOG.error("Backend {} failed on {}", backend.name(), remains.lease(), e);
            return new Destruction.Retry("The backend failed: " + e, null);
        }
    }

    /** The worker looks once more, destroys what may be left, and writes the receipt. */
    private void closeAbsent(Run run, Backend backend, String target, List<Live> live, Instant begun) {
        Set<UUID> seen = live.stream().map(Live::lease).collect(Collectors.toSet());
        @Nullable UUID after = null;
        List<Standings.Due> page;
        do {
            page = standings.expected(backend.name(), target, begun, after);
            for (Standings.Due lease : page) {
                if (!seen.contains(lease.id())) {
                    transaction.executeWithoutResult(status -> close(run, backend.name(), target, lease));
                }
                after = lease.id();
            }
        } while (page.size() == Standings.PAGE);
    }

    private void close(Run run, String backend, String target, Standings.Due lease) {
        standings.close(lease, "absent").ifPresent(event -> {
            findings.record(
                    run,
                    new Found(
                            "absent",
                            backend,
                            target,
                            lease.id(),
                            null,
                            "closing",
                            "The lease is active, and its credential is not at the target."));
            audit.record(event);
            revocations.wake();
        });
    }
}
