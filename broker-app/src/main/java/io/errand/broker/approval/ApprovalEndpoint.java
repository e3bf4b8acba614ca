package io.errand.broker.approval;

import io.errand.api.ApprovalDecision;
import io.errand.api.ApprovalView;
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
 * {@code /admin/v1/approvals}: what waits for people, newest first, and what they say. {@code state} is one of an approval's,
 * {@code limit} is 1 to 500, by default 100.
 */
@RestController
@RequestMapping("/admin/v1/approvals")
class ApprovalEndpoint {

    private final ApprovalDesk desk;

    ApprovalEndpoint(ApprovalDesk desk) {
        this.desk = desk;
    }

    @Answers(value = ApprovalView.class, page = true)
    @SensitiveList("approvals")
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return desk.page(state, cursor, limit, order, false).response();
    }

    @Answers(ApprovalView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return desk.find(id).response();
    }

    @Answers(ApprovalView.class)
    @PostMapping("/{id}")
    ResponseEntity<Object> decide(
            @PathVariable String id, @RequestBody ApprovalDecision said, @AuthenticationPrincipal Person who) {
        return desk.decide(id, said, who).response();
    }
}
