package io.errand.broker.approval;

import io.errand.broker.shared.doctor.Diagnostic;
import java.util.List;
import org.springframework.stereotype.Component;

/** What people have left undone. */
@Component
class ApprovalDiagnostic implements Diagnostic {

    private final ApprovalTable approvals;
    private final ApprovalExpiry approvalExpiry;

    ApprovalDiagnostic(ApprovalTable approvals, ApprovalExpiry approvalExpiry) {
        this.approvals = approvals;
        this.approvalExpiry = approvalExpiry;
    }

    @Override
    public String area() {
        return "approvals";
    }

    @Override
    public List<Part> parts() {
        return List.of(Part.of("pending", this::pending), Part.of("break-glass", this::reviews));
    }

    private Result pending() {
        return Result.ok(approvals.pending() + " requests wait for people, the oldest since "
                + Math.round(approvals.secondsOfOldestPending()) + " s");
    }

    private Result reviews() {
        long reviews = approvalExpiry.reviews();
        return reviews == 0
                ? Result.ok("no review of a break-glass is overdue")
                : Result.warning(
                        reviews + " reviews of break-glass are overdue",
                        "`errand breakglass` lists them; somebody else than who activated one reviews it with `errand"
                                + " breakglass review`.");
    }
}
