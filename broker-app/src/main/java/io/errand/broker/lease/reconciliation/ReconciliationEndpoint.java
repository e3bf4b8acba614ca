package io.errand.broker.lease.reconciliation;

import io.errand.api.FindingView;
import io.errand.api.ReconciliationView;
import io.errand.broker.lease.LeaseMetrics;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SensitiveList;
import io.errand.broker.shared.web.SortOrder;
import java.security.Principal;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Reconciliation on demand, and what it found, newest first. {@code limit} is 1 to 500, by default 100; {@code cursor} is the id of
 * the last finding of the page before.
 */
@RestController
class ReconciliationEndpoint {

    private final Reconciliation reconciliation;
    private final Findings findings;

    ReconciliationEndpoint(Reconciliation reconciliation, Findings findings) {
        this.reconciliation = reconciliation;
        this.findings = findings;
    }

    /** Answers when it is done. */
    @Answers(ReconciliationView.class)
    @PostMapping("/admin/v1/reconciliations")
    ResponseEntity<Object> reconcile(Principal who) {
        return ResponseEntity.ok(reconciliation.run(who.getName()));
    }

    @Answers(value = FindingView.class, page = true)
    @SensitiveList("findings")
    @GetMapping("/admin/v1/findings")
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String kind,
            @RequestParam(required = false) @Nullable String run,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        if (kind != null && !LeaseMetrics.FINDING_KINDS.contains(kind)) {
            return Problem.badRequest(
                            "kind is unknown, still_there, absent, unclaimed, unreachable, disabled or copied.")
                    .response();
        }
        Optional<UUID> ofRun = Optional.ofNullable(run).flatMap(Ids::parse);
        if (run != null && ofRun.isEmpty()) {
            return Problem.badRequest("run is an id as this service writes it.").response();
        }
        return PageRequest.of(cursor, Ids::parse, limit, PageRequest.MOST, order, SortOrder.DESC)
                .then(asked -> Result.ok(asked.page(
                        findings.page(kind, ofRun.orElse(null), asked.after(), asked.rows(), asked.order()),
                        FindingView::id)))
                .response();
    }
}
