package io.errand.broker.exception;

import io.errand.api.ExceptionApproval;
import io.errand.api.ExceptionRequest;
import io.errand.api.ExceptionView;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SensitiveList;
import java.net.URI;
import java.util.Optional;
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
 * {@code /admin/v1/exceptions}: what agents are let off, newest first, with those that have ended. {@code limit} is 1 to 500, by
 * default 100.
 */
@RestController
@RequestMapping("/admin/v1/exceptions")
class ExceptionEndpoint {

    private final ExceptionDesk desk;
    private final ExceptionTable table;

    ExceptionEndpoint(ExceptionDesk desk, ExceptionTable table) {
        this.desk = desk;
        this.table = table;
    }

    @Answers(value = ExceptionView.class, status = 201)
    @PostMapping
    ResponseEntity<Object> propose(@RequestBody ExceptionRequest asked, @AuthenticationPrincipal Person who) {
        return switch (desk.propose(asked, who)) {
            case Result.Ok<ExceptionView>(ExceptionView view) ->
                ResponseEntity.created(URI.create("/admin/v1/exceptions/" + view.id()))
                        .body(view);
            case Result.Refused<ExceptionView>(Problem problem) -> problem.response();
        };
    }

    @Answers(ExceptionView.class)
    @PostMapping("/{id}/approve")
    ResponseEntity<Object> approve(
            @PathVariable String id, @RequestBody ExceptionApproval said, @AuthenticationPrincipal Person who) {
        return Ids.parse(id)
                .map(known -> desk.approve(known, said, who))
                .orElseGet(() -> Result.refused(noSuch()))
                .response();
    }

    /** What it let off is let off no more: live leases of the agent are decided again. */
    @Answers(ExceptionView.class)
    @PostMapping("/{id}/end")
    ResponseEntity<Object> end(@PathVariable String id, @AuthenticationPrincipal Person who) {
        return answer(Ids.parse(id).flatMap(known -> desk.end(known, who)));
    }

    @Answers(ExceptionView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return answer(Ids.parse(id).flatMap(desk::find));
    }

    @Answers(value = ExceptionView.class, page = true)
    @SensitiveList("exceptions")
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return PageRequest.newestFirst(
                        cursor,
                        limit,
                        order,
                        asked -> table.list(asked.after(), asked.rows(), asked.order()),
                        ExceptionView::id)
                .response();
    }

    private static ResponseEntity<Object> answer(Optional<ExceptionView> found) {
        return found.map(view -> ResponseEntity.<Object>ok(view)).orElseGet(() -> noSuch().response());
    }

    private static Problem noSuch() {
        return Problem.notFound("There is no such exception, or it has ended.");
    }
}
