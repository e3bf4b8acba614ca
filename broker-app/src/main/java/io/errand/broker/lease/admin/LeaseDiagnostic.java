package io.errand.broker.lease.admin;

import io.errand.api.DeploymentView;
import io.errand.broker.lease.LeaseQueue;
import io.errand.broker.lease.LeaseQueue.Due;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.reconciliation.Deployments;
import io.errand.broker.shared.doctor.Diagnostic;
import java.time.Duration;
import java.util.List;
import org.springframework.stereotype.Component;

/** Whether what ends is seen to go, and whether this database is the one that its targets know. */
@Component
class LeaseDiagnostic implements Diagnostic {

    private static final Duration LATE = Duration.ofSeconds(30);
    private static final Duration STANDS_STILL = Duration.ofMinutes(5);

    private final LeaseQueue queue;
    private final Deployments deployments;
    private final LeaseRows rows;

    LeaseDiagnostic(LeaseQueue queue, Deployments deployments, LeaseRows rows) {
        this.queue = queue;
        this.deployments = deployments;
        this.rows = rows;
    }

    @Override
    public String area() {
        return "leases";
    }

    @Override
    public List<Part> parts() {
        return List.of(
                new Part("queue", this::queue),
                Part.of("irrevocable", this::irrevocable),
                Part.of("disabled", this::disabled),
                new Part("deployment", this::deployment));
    }

    private List<Result> queue() {
        List<Due> late = queue.lanes().stream()
                .filter(lane -> lane.in().negated().compareTo(LATE) > 0)
                .toList();
        if (late.isEmpty()) {
            return List.of(Result.ok("nothing that is due waits longer than " + LATE.toSeconds() + " s"));
        }
        return late.stream().map(LeaseDiagnostic::late).toList();
    }

    private static Result late(Due lane) {
        Duration age = lane.in().negated();
        String detail = "leases of " + lane.backend() + (lane.target().isEmpty() ? "" : " " + lane.target())
                + " are due since " + age.toSeconds() + " s, and no worker has taken them";
        String remedy =
                "See whether that target answers, and whether a replica works on the queue (errand.lease.worker.enabled);"
                        + " `errand leases --state revoking` names causes.";
        return age.compareTo(STANDS_STILL) > 0 ? Result.error(detail, remedy) : Result.warning(detail, remedy);
    }

    private Result irrevocable() {
        long count = rows.irrevocable();
        return count == 0
                ? Result.ok("no lease resists being ended")
                : Result.error(
                        count + " leases could not be destroyed so far, and are tried again for ever",
                        "`errand leases --state revoking` names them with their last error; mend the target.");
    }

    private Result disabled() {
        long count = rows.disabled();
        return count == 0
                ? Result.ok("nothing is left of revoked leases")
                : Result.warning(
                        count + " revoked leases have left a login that is powerless and cannot be dropped",
                        "GET /admin/v1/findings?kind=disabled says what a database administrator runs for each.");
    }

    private List<Result> deployment() {
        DeploymentView view = deployments.view();
        return view.doubts().isEmpty()
                ? List.of(Result.ok("this database is the deployment " + view.id() + " since " + view.since()))
                : view.doubts().stream()
                        .map(
                                doubt -> Result.error(
                                        "another database of this deployment writes at the target " + doubt.target()
                                                + ": this one is a copy or was restored, and destroys and makes nothing",
                                        "`errand deployment adopt` if this one goes on, `errand deployment new` if it is a copy."))
                        .toList();
    }
}
