package io.errand.broker.approval;

import io.errand.api.BreakGlassRequest;
import io.errand.api.BreakGlassReview;
import io.errand.api.BreakGlassView;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.SensitiveList;
import java.net.URI;
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

/** {@code /admin/v1/breakglass}: activating one, ending it before its time, and its review. {@code limit} is 1 to 500. */
@RestController
@RequestMapping("/admin/v1/breakglass")
class BreakGlassEndpoint {

    private final BreakGlassDesk desk;

    BreakGlassEndpoint(BreakGlassDesk desk) {
        this.desk = desk;
    }

    @Answers(value = BreakGlassView.class, status = 201)
    @PostMapping
    ResponseEntity<Object> activate(@RequestBody BreakGlassRequest asked, @AuthenticationPrincipal Person who) {
        return switch (desk.activate(asked, who)) {
            case Result.Ok<BreakGlassView>(BreakGlassView view) ->
                ResponseEntity.created(URI.create("/admin/v1/breakglass/" + view.id()))
                        .body(view);
            case Result.Refused<BreakGlassView>(Problem problem) -> problem.response();
        };
    }

    @Answers(BreakGlassView.class)
    @PostMapping("/{id}/end")
    ResponseEntity<Object> end(@PathVariable String id, @AuthenticationPrincipal Person who) {
        return desk.end(id, who).response();
    }

    @Answers(BreakGlassView.class)
    @PostMapping("/{id}/review")
    ResponseEntity<Object> review(
            @PathVariable String id, @RequestBody BreakGlassReview review, @AuthenticationPrincipal Person who) {
        return desk.review(id, review, who).response();
    }

    @Answers(BreakGlassView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return desk.find(id).response();
    }

    @Answers(value = BreakGlassView.class, page = true)
    @SensitiveList("break_glasses")
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return desk.page(cursor, limit, order).response();
    }
}
