package io.errand.broker.agent;

import io.errand.api.ProposalDecision;
import io.errand.api.ProposalView;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.SensitiveList;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/proposals}: what agents asked for outside their ceilings, and what of them they did not need, newest first, by
 * {@code agent} and {@code state}; {@code limit} is 1 to 500, by default 100. One is adopted by changing its agent, and dismissed
 * here; one that narrows is adopted here too, by somebody else than who proposed it.
 */
@RestController
@RequestMapping("/admin/v1/proposals")
class ProposalEndpoint {

    private final Proposals proposals;

    ProposalEndpoint(Proposals proposals) {
        this.proposals = proposals;
    }

    @Answers(value = ProposalView.class, page = true)
    @SensitiveList("proposals")
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String agent,
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return proposals.page(agent, state, cursor, limit, order).response();
    }

    @Answers(ProposalView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return proposals.find(id).response();
    }

    @Answers(ProposalView.class)
    @PostMapping("/{id}")
    ResponseEntity<Object> decide(
            @PathVariable String id, @RequestBody ProposalDecision said, @AuthenticationPrincipal Person who) {
        return proposals.decide(id, said, who).response();
    }
}
