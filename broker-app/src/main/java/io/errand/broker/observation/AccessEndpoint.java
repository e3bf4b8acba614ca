package io.errand.broker.observation;

import io.errand.api.AccessView;
import io.errand.api.LeaseView;
import io.errand.api.ObservedView;
import io.errand.broker.audit.Reads;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.security.Principal;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /admin/v1/audit/access?task=}: what a task was allowed, and what was observed; 1,000 rows of each at most. */
@RestController
class AccessEndpoint {

    private static final int MOST = 1_000;

    private final Leases leases;
    private final Tasks tasks;
    private final ObservationTables tables;
    private final Reads reads;
    private final Clock clock;

    AccessEndpoint(Leases leases, Tasks tasks, ObservationTables tables, Reads reads, Clock clock) {
        this.leases = leases;
        this.tasks = tasks;
        this.tables = tables;
        this.reads = reads;
        this.clock = clock;
    }

    @Answers(AccessView.class)
    @GetMapping("/admin/v1/audit/access")
    ResponseEntity<Object> access(@RequestParam String task, Principal who) {
        Optional<Task> found = Ids.parse(task).flatMap(tasks::find);
        if (found.isEmpty()) {
            return Problem.notFound("There is no such task.").response();
        }
        Task its = found.get();
        List<LeaseView> allowed = leases.ofTask(its.id());
        List<UUID> ids =
                allowed.stream().map(lease -> UUID.fromString(lease.id())).toList();
        List<ObservedView> observed = tables.of(ids, MOST);
        Instant until = allowed.stream()
                .map(lease -> lease.revokedAt() == null ? clock.instant() : lease.revokedAt())
                .max(Instant::compareTo)
                .orElse(its.expiresAt());
        List<ObservedView> unleased = tables.unleased(its.createdAt(), until, MOST);
        reads.page(
                new Reads.Read(who.getName(), "observations", Map.of("task", task)),
                false,
                observed.size() + unleased.size());
        return ResponseEntity.ok(new AccessView(
                task,
                its.agent(),
                its.subject(),
                allowed.stream().map(AccessEndpoint::allowed).toList(),
                observed,
                unleased));
    }

    private static AccessView.Allowed allowed(LeaseView lease) {
        return new AccessView.Allowed(
                lease.id(),
                lease.tool(),
                lease.actions(),
                lease.state(),
                lease.createdAt(),
                lease.expiresAt(),
                lease.revokedAt());
    }
}
