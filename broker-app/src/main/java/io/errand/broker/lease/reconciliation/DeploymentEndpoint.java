package io.errand.broker.lease.reconciliation;

import io.errand.api.DeploymentDecision;
import io.errand.api.DeploymentView;
import io.errand.broker.lease.Revocations;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import java.security.Principal;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Which deployment this database is of, and what becomes of a copy. */
@RestController
class DeploymentEndpoint {

    private static final int LONGEST_REASON = 500;

    private final Deployments deployments;
    private final Revocations revocations;

    DeploymentEndpoint(Deployments deployments, Revocations revocations) {
        this.deployments = deployments;
        this.revocations = revocations;
    }

    @Answers(DeploymentView.class)
    @GetMapping("/admin/v1/deployment")
    ResponseEntity<Object> view() {
        return ResponseEntity.ok(deployments.view());
    }

    /** 409 where no target has a mark of another database: then there is nothing to decide. */
    @Answers(DeploymentView.class)
    @PostMapping("/admin/v1/deployment")
    ResponseEntity<Object> decide(@RequestBody DeploymentDecision asked, Principal who) {
        String reason = asked.reason() == null ? "" : asked.reason().strip();
        if (reason.isEmpty() || reason.length() > LONGEST_REASON) {
            return Problem.invalidMember("reason", "reason says why, in 1 to 500 characters.")
                    .response();
        }
        boolean decided;
        switch (String.valueOf(asked.decision())) {
            case "adopt" -> decided = deployments.adopt(who.getName(), reason);
            case "new" -> decided = deployments.separate(who.getName(), reason);
            default -> {
                return Problem.invalidMember("decision", "decision is adopt or new.")
                        .response();
            }
        }
        if (!decided) {
            return Problem.conflict("No target has a mark of another database, so there is nothing to decide.")
                    .response();
        }
        revocations.wake();
        return ResponseEntity.ok(deployments.view());
    }
}
