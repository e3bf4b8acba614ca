package io.errand.broker.lease.admin;

import io.errand.api.LeaseView;
import io.errand.broker.lease.LeaseViews;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Search;
import io.errand.broker.shared.web.SensitiveList;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /admin/v1/leases}: the administrators' search, newest first, by {@code agent}, {@code task}, {@code tool},
 * {@code state} and {@code older_than} (a duration); {@code limit} is 1 to 500, by default 100.
 */
@RestController
@RequestMapping("/admin/v1/leases")
class LeaseEndpoint {

    private static final Set<String> STATES = Set.of("pending", "active", "revoking", "revoked");

    private final LeaseViews leases;

    LeaseEndpoint(LeaseViews leases) {
        this.leases = leases;
    }

    @Answers(value = LeaseView.class, page = true)
    @SensitiveList("leases")
    @GetMapping
    ResponseEntity<Object> search(Search.Query query) {
        return switch (query.read(STATES)) {
            case Result.Refused<Search>(Problem problem) -> problem.response();
            case Result.Ok<Search>(Search search) ->
                ResponseEntity.ok(search.page(leases.search(search), LeaseView::id));
        };
    }
}
