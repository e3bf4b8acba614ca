package io.errand.broker.lease.reconciliation;

import io.errand.api.DeploymentView;
import io.errand.api.ReconciliationView;
import io.errand.broker.audit.Audit;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backend.Listing;
import io.errand.broker.credential.Backend.Live;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.LeaseStandings;
import io.errand.broker.lease.Revocations;
import io.errand.broker.lease.reconciliation.Findings.Found;
import io.errand.broker.lease.reconciliation.Findings.Run;
import io.errand.broker.shared.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Compares what stands at the targets with the leases. Each target is listed first and the rows are read after that, so whatever
 * is under way explains itself: see {@link LeaseStandings}. Nothing is done that is not found, recorded and audited before.
 */
@Component
public class Reconciliation {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

    private static final String HELD = " This database is a copy or was restored, so nothing is done.";

    private final Backends backends;
    private final LeaseStandings leaseStandings;
    private final Findings findings;
    private final DisabledLeases disabled;
    private final Deployments deployments;
    private final Revocations revocations;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final ReconcileProperties settings;
    private final ReentrantLock one = new ReentrantLock();

    Reconciliation(
            Backends backends,
            LeaseStandings leaseStandings,
            Findings findings,
            DisabledLeases disabled,
            Deployments deployments,
            Revocations revocations,
            Audit audit,
            TransactionTemplate transaction,
            ReconcileProperties settings) {
        this.backends = backends;
        this.leaseStandings = leaseStandings;
        this.findings = findings;
        this.disabled = disabled;
        this.deployments = deployments;
        this.revocations = revocations;
        this.audit = audit;
        this.transaction = transaction;
        this.settings = settings;
    }

    /** Of all backends. Two at once would do no harm, but find everything twice. */
    public ReconciliationView run(String who) {
        return run(new Run(Ids.next(), who), backends.all());
    }

    /** Of those alone that are listed at little cost; what was told a while ago and is as it was is not told again. */
    public ReconciliationView watch(String who) {
        return run(
                new Run(Ids.next(), who, true),
                backends.all().stream().filter(Backend::listsOften).toList());
    }

    private record Listed(Backend backend, Instant from, List<Listing> listings) {}

    private ReconciliationView run(Run run, List<Backend> of) {
        one.lock();
        try {
            Instant begun = leaseStandings.now();
            List<Listed> all = new ArrayList<>();
            for (Backend backend : of) {
                Instant from = leaseStandings.now();
                all.add(new Listed(backend, from, list(backend)));
            }
            // Every mark was looked at by now.
            tellDoubts(run);
            int targets = 0;
            int credentials = 0;
            for (Listed listed : all) {
                for (Listing listing : listed.listings) {
                    targets++;
                    credentials += compare(run, listed.backend, listing, listed.from);
                }
            }
            findings.forget(LeaseRows.seconds(settings.keep()));
            int found = findings.count(run.id());
            LOG.atLevel(run.brief() && found == 0 ? Level.DEBUG : Level.INFO)
                    .log(
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

    private void tellDoubts(Run run) {
        for (DeploymentView.Doubt doubt : deployments.view().doubts()) {
            findings.record(
                    run,
                    new Found(
                            "copied",
                            "",
                            doubt.target(),
                            null,
                            null,
                            "none",
                            "Another database of this deployment writes there: this one is a copy, or was restored. It destroys"
                                    + " nothing until `errand deployment adopt` (this one goes on) or `errand deployment new` (it"
                                    + " is another deployment)."));
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
                for (int from = 0; from < live.size(); from += LeaseStandings.PAGE) {
                    destroyStrangers(
                            run, backend, live.subList(from, Math.min(from + LeaseStandings.PAGE, live.size())), begun);
                }
                closeAbsent(run, backend, target, live, begun);
                if (!run.brief() && !deployments.isDoubted()) {
                    disabled.finish(run, backend, target);
                }
                yield live.size();
            }
        };
    }

    private void destroyStrangers(Run run, Backend backend, List<Live> page, Instant begun) {
        Map<UUID, LeaseStandings.Standing> known = leaseStandings.of(page, begun);
        for (Live live : page) {
            switch (known.getOrDefault(live.lease(), LeaseStandings.Standing.UNKNOWN)) {
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
        if (deployments.isDoubted()) {
            findings.record(
                    run,
                    new Found(kind, backend.name(), live.target(), live.lease(), live.shown(), "none", why + HELD));
            return;
        }
        Found found = new Found(kind, backend.name(), live.target(), live.lease(), live.shown(), "destroying", why);
        UUID finding = findings.record(run, found);
        LOG.warn("Reconciliation found {} at {} {}: {}", live.shown(), backend.name(), live.target(), why);
        switch (DisabledLeases.destroy(backend, live.remains())) {
            case Destruction.Gone gone ->
                findings.settle(run, finding, found, "destroyed", why + " " + gone.statement());
            case Destruction.Lingers(Instant until) ->
                findings.settle(
                        run, finding, found, "lingers", why + " Who checks it offline accepts it until " + until);
            case Destruction.Retry retry -> findings.settle(run, finding, found, "failed", why + " " + retry.cause());
            case Destruction.Resists(String cause) -> findings.settle(run, finding, found, "failed", why + " " + cause);
            case Destruction.Disabled left ->
                findings.settle(
                        run,
                        finding,
                        found,
                        "failed",
                        why + " It cannot be used any more. " + left.cause() + " A database administrator runs: "
                                + left.remedy());
        }
    }

    /** The worker looks once more, destroys what may be left, and writes the receipt. */
    private void closeAbsent(Run run, Backend backend, String target, List<Live> live, Instant begun) {
        Set<UUID> seen = live.stream().map(Live::lease).collect(Collectors.toSet());
        @Nullable UUID after = null;
        List<LeaseStandings.Due> page;
        do {
            page = leaseStandings.expected(backend.name(), target, begun, after);
            for (LeaseStandings.Due lease : page) {
                if (!seen.contains(lease.id())) {
                    transaction.executeWithoutResult(status -> close(run, backend.name(), target, lease));
                }
                after = lease.id();
            }
        } while (page.size() == LeaseStandings.PAGE);
    }

    private void close(Run run, String backend, String target, LeaseStandings.Due lease) {
        if (deployments.isDoubted()) {
            findings.record(run, absent(backend, target, lease, "none", HELD));
            return;
        }
        leaseStandings.close(lease, "absent").ifPresent(event -> {
            findings.record(run, absent(backend, target, lease, "closing", ""));
            audit.record(event);
            revocations.wake();
        });
    }

    private static Found absent(String backend, String target, LeaseStandings.Due lease, String action, String more) {
        return new Found(
                "absent",
                backend,
                target,
                lease.id(),
                null,
                action,
                "The lease is active, and its credential is not at the target." + more);
    }
}
