package io.errand.broker.credential.postgres.check;

import io.errand.broker.credential.postgres.Target;
import io.errand.broker.credential.postgres.Targets;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What is missing or too wide at a target, for administrators. */
@RestController
class TargetCheckEndpoint {

    private static final int MOST_ROLES = 100;
    private static final int LONGEST_ROLE = 63;

    private final Targets targets;

    TargetCheckEndpoint(Targets targets) {
        this.targets = targets;
    }

    /** An empty list is a good one. */
    record TargetReport(List<TargetFinding> findings) {}

    /** @param role the group roles that tools are to use at the target; none: whatever the broker's login may grant */
    @Answers(TargetReport.class)
    @GetMapping("/admin/v1/backends/postgres/targets/{name}/check")
    ResponseEntity<Object> report(@PathVariable String name, @RequestParam(defaultValue = "") Set<String> role) {
        if (role.size() > MOST_ROLES || role.stream().anyMatch(r -> r.isBlank() || r.length() > LONGEST_ROLE)) {
            return Problem.badRequest("role names a role of PostgreSQL, at most 63 characters; at most 100 of them.")
                    .response();
        }
        Optional<Target> target = targets.byName(name);
        return target.isEmpty()
                ? Problem.notFound("The service has no such target (errand.targets).")
                        .response()
                : ResponseEntity.ok(new TargetReport(TargetCheck.report(target.get(), role)));
    }
}
