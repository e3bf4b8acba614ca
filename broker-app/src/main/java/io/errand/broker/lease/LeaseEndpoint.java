package io.errand.broker.lease;

import io.errand.api.LeaseView;
import io.errand.api.Page;
import io.errand.broker.lease.LeaseViews.Search;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The administrators' search, newest first. */
@RestController
@RequestMapping("/admin/v1/leases")
class LeaseEndpoint {

    private static final int MAX_PAGE = 500;
    private static final Set<String> STATES = Set.of("pending", "active", "revoking", "revoked");

    private final LeaseViews leases;

    LeaseEndpoint(LeaseViews leases) {
        this.leases = leases;
    }

    @GetMapping
    ResponseEntity<Object> search(
            @RequestParam(required = false) @Nullable String agent,
            @RequestParam(required = false) @Nullable String task,
            @RequestParam(required = false) @Nullable String tool,
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            return Problem.badRequest("limit is a number from 1 to " + MAX_PAGE + ".")
                    .response();
        }
        if (state != null && !STATES.contains(state)) {
            return Problem.badRequest("state is pending, active, revoking or revoked.")
                    .response();
        }
        Optional<UUID> ofTask = Optional.ofNullable(task).flatMap(Ids::parse);
        if (task != null && ofTask.isEmpty()) {
            return Problem.badRequest("task is the id of a task.").response();
        }
        Optional<UUID> before = Optional.ofNullable(cursor).flatMap(Cursor::read);
        if (cursor != null && before.isEmpty()) {
            return Problem.badRequest("cursor is not one that this endpoint gave; leave it out to start again.")
                    .response();
        }
        Search search = new Search(agent, ofTask.orElse(null), tool, state);
        List<LeaseView> found = leases.search(search, before.orElse(null), limit + 1);
        List<LeaseView> page = found.size() > limit ? found.subList(0, limit) : found;
        return ResponseEntity.ok(
                new Page<>(page, found.size() > limit ? Cursor.of(page.getLast().id()) : null));
    }
}
