package io.errand.broker.directory;

import io.errand.api.DirectoryChangeView;
import io.errand.api.DirectoryDecision;
import io.errand.api.DirectoryTokenRequest;
import io.errand.api.DirectoryTokenView;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Cursor;
import io.errand.broker.shared.web.Members;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SensitiveList;
import io.errand.broker.shared.web.SortOrder;
import java.security.Principal;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/directory}: the bearers by which a directory pushes users and groups, by SCIM 2.0 to {@code /scim/v2}, and what of
 * it waits for an administrator. {@code limit} is 1 to 500, by default 100.
 */
@RestController
@RequestMapping("/admin/v1/directory")
class DirectoryEndpoint {

    private static final int MAX_REASON = 1024;

    private final DirectoryTokens tokens;
    private final DirectoryChanges changes;
    private final WaitingChanges waiting;

    DirectoryEndpoint(DirectoryTokens tokens, DirectoryChanges changes, WaitingChanges waiting) {
        this.tokens = tokens;
        this.changes = changes;
        this.waiting = waiting;
    }

    /** The bearer is in this answer and in no other; at {@code /scim/v2} it has the role {@code errand.directory}, and none elsewhere. */
    @Answers(value = DirectoryTokenView.class, status = 201)
    @PostMapping("/tokens")
    ResponseEntity<Object> create(@RequestBody DirectoryTokenRequest asked, Principal who) {
        return switch (tokens.create(asked, who.getName())) {
            case Result.Ok<DirectoryTokenView>(DirectoryTokenView made) ->
                ResponseEntity.status(HttpStatus.CREATED)
                        .cacheControl(CacheControl.noStore())
                        .body(made);
            case Result.Refused<DirectoryTokenView>(Problem problem) -> problem.response();
        };
    }

    @Answers(value = DirectoryTokenView.class, page = true)
    @GetMapping("/tokens")
    ResponseEntity<Object> tokens(
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return PageRequest.of(cursor, Cursor::read, limit, PageRequest.MOST, order, SortOrder.DESC)
                .then(asked -> Result.ok(asked.page(
                        tokens.list(asked.after(), asked.rows(), asked.order()), view -> Cursor.of(view.id()))))
                .response();
    }

    /** Said again, it changes nothing. */
    @Answers(DirectoryTokenView.class)
    @PostMapping("/tokens/{id}/revoke")
    ResponseEntity<Object> revoke(@PathVariable String id, Principal who) {
        return Ids.parse(id)
                .flatMap(known -> tokens.revoke(known, who.getName()))
                .map(view -> ResponseEntity.<Object>ok(view))
                .orElseGet(() -> Problem.notFound("There is no such bearer; see `errand directory token list`.")
                        .response());
    }

    /** With {@code state}, one of {@code pending}, {@code approved}, {@code rejected}, {@code superseded}; newest first. */
    @Answers(value = DirectoryChangeView.class, page = true)
    @SensitiveList("directory_changes")
    @GetMapping("/changes")
    ResponseEntity<Object> changes(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        if (state != null && !DirectoryChanges.STATES.contains(state)) {
            return Problem.badRequest("state is pending, approved, rejected or superseded.")
                    .response();
        }
        return PageRequest.of(cursor, Cursor::read, limit, PageRequest.MOST, order, SortOrder.DESC)
                .then(asked -> Result.ok(asked.page(
                        changes.list(state, asked.after(), asked.rows(), asked.order()), view -> Cursor.of(view.id()))))
                .response();
    }

    /** It is done now, and the owners that it names are gone. 409: the entry has changed since. */
    @Answers(DirectoryChangeView.class)
    @PostMapping("/changes/{id}/approve")
    ResponseEntity<Object> approve(@PathVariable String id, @RequestBody DirectoryDecision said, Principal who) {
        return decide(id, said, (change, reason) -> waiting.approve(change, reason, who.getName()));
    }

    /** Nothing is changed; a directory that asks for it again has it wait again. */
    @Answers(DirectoryChangeView.class)
    @PostMapping("/changes/{id}/reject")
    ResponseEntity<Object> reject(@PathVariable String id, @RequestBody DirectoryDecision said, Principal who) {
        return decide(
                id,
                said,
                (change, reason) ->
                        waiting.reject(change, reason, who.getName()).map(Result::ok));
    }

    private ResponseEntity<Object> decide(
            String id, DirectoryDecision said, BiFunction<UUID, String, Optional<Result<UUID>>> decision) {
        return new Members()
                .text("reason", said.reason(), MAX_REASON)
                .then(() -> Objects.requireNonNull(said.reason()))
                .then(reason -> Ids.parse(id)
                        .flatMap(change -> decision.apply(change, reason))
                        .orElseGet(() -> Result.refused(
                                Problem.notFound("No such change waits; see `errand directory` for those that do."))))
                .then(change -> Result.ok(changes.find(change).orElseThrow()))
                .response();
    }
}
