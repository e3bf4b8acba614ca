package io.errand.broker.approval;

import io.errand.api.ApprovalDecision;
import io.errand.api.ApprovalView;
import io.errand.api.Page;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Cursor;
import io.errand.broker.shared.web.Members;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
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

    private static final int MAX_PAGE = 500;
    private static final int MAX_COMMENT = 1024;
    private static final Set<String> STATES = Set.of("pending", "approved", "denied", "expired", "consumed", "voided");

    private final Verdicts verdicts;

    ApprovalEndpoint(Verdicts verdicts) {
        this.verdicts = verdicts;
    }

    @Answers(value = ApprovalView.class, page = true)
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            return Problem.badRequest("limit is a number from 1 to " + MAX_PAGE + ".")
                    .response();
        }
        if (state != null && !STATES.contains(state)) {
            return Problem.badRequest("state is pending, approved, denied, expired, consumed or voided.")
                    .response();
        }
        Optional<UUID> before = Optional.ofNullable(cursor).flatMap(Cursor::read);
        if (cursor != null && before.isEmpty()) {
            return Problem.badRequest("cursor is not one that this endpoint gave; leave it out to start again.")
                    .response();
        }
        List<ApprovalView> found = verdicts.list(state, before.orElse(null), limit + 1);
        List<ApprovalView> page = found.size() > limit ? found.subList(0, limit) : found;
        return ResponseEntity.ok(
                new Page<>(page, found.size() > limit ? Cursor.of(page.getLast().id()) : null));
    }

    @Answers(ApprovalView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return Ids.parse(id)
                .flatMap(verdicts::find)
                .map(ResponseEntity::<Object>ok)
                .orElseGet(() -> Problem.notFound("There is no such approval.").response());
    }

    @Answers(ApprovalView.class)
    @PostMapping("/{id}")
    ResponseEntity<Object> decide(
            @PathVariable String id, @RequestBody ApprovalDecision said, @AuthenticationPrincipal Person who) {
        Members members = new Members()
                .oneOf("decision", said.decision(), Set.of("approve", "deny"))
                .check(
                        said.digest() != null && said.digest().matches("sha256:[0-9a-f]{64}"),
                        "digest",
                        "digest is required: the one shown with the request, sha256: and 64 hexadecimal digits.");
        if (said.comment() != null) {
            members.text("comment", said.comment(), MAX_COMMENT);
        }
        Optional<UUID> known = Ids.parse(id);
        String digest = said.digest();
        if (members.problem().isPresent() || digest == null) {
            return members.problem().orElseThrow().response();
        }
        if (known.isEmpty()) {
            return Problem.notFound("There is no such approval.").response();
        }
        return switch (verdicts.decide(known.get(), "approve".equals(said.decision()), digest, said.comment(), who)) {
            case Result.Ok<ApprovalView>(ApprovalView view) -> ResponseEntity.ok(view);
            case Result.Refused<ApprovalView>(Problem problem) -> problem.response();
        };
    }
}
