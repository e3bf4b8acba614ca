package io.errand.broker.lease.admin;

import io.errand.api.RevocationRequest;
import io.errand.api.RevocationView;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Cursor;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SensitiveList;
import io.errand.broker.shared.web.SortOrder;
import io.errand.broker.task.Scope;
import java.net.URI;
import java.security.Principal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/revocations}: the kill switch and its manifests. Once a POST has answered, no replica grants or vouches for
 * anything of its scope; destroying the credentials goes on, and GET tells how far. Saying it twice does no harm.
 */
@RestController
@RequestMapping("/admin/v1/revocations")
class RevocationEndpoint {

    private static final int MAX_REASON = 1024;

    private final KillSwitch killSwitch;
    private final Manifests manifests;

    RevocationEndpoint(KillSwitch killSwitch, Manifests manifests) {
        this.killSwitch = killSwitch;
        this.manifests = manifests;
    }

    @Answers(value = RevocationView.class, status = 202)
    @PostMapping
    ResponseEntity<Object> revoke(@RequestBody RevocationRequest request, Principal who) {
        return switch (Scope.of(request.scope())) {
            case Result.Refused<Scope>(Problem problem) -> problem.response();
            case Result.Ok<Scope>(Scope scope) -> revoke(scope, request, who);
        };
    }

    private ResponseEntity<Object> revoke(Scope scope, RevocationRequest request, Principal who) {
        String reason = request.reason();
        if (reason == null || reason.isBlank() || reason.length() > MAX_REASON) {
            return Problem.invalidMember("reason", "reason is required, with 1 to 1024 characters.")
                    .response();
        }
        boolean lease = scope.kind() == Scope.Kind.LEASE;
        if (lease && Boolean.TRUE.equals(request.lock())) {
            return Problem.invalidMember("lock", "A lease needs no lock: once revoked it never comes back.")
                    .response();
        }
        boolean lock = request.lock() == null ? !lease : request.lock();
        boolean evenIfUnknown = Boolean.TRUE.equals(request.evenIfUnknown());
        if (evenIfUnknown && !lock) {
            return Problem.invalidMember(
                            "even_if_unknown",
                            "even_if_unknown locks a name ahead of time; without a lock there is nothing to do for it.")
                    .response();
        }
        return switch (killSwitch.revoke(new KillSwitch.Order(scope, reason, lock, evenIfUnknown), who.getName())) {
            case Result.Refused<UUID>(Problem problem) -> problem.response();
            case Result.Ok<UUID>(UUID id) ->
                ResponseEntity.accepted()
                        .location(URI.create("/admin/v1/revocations/" + id))
                        .body(manifests.find(id, null, 100).orElseThrow());
        };
    }

    @Answers(RevocationView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit) {
        return PageRequest.of(cursor, Cursor::read, limit, PageRequest.MOST, null, SortOrder.ASC)
                .then(asked -> Ids.parse(id)
                        .flatMap(known -> manifests.find(known, asked.after(), limit))
                        .map(Result::ok)
                        .orElseGet(() -> Result.refused(Problem.notFound("There is no such revocation."))))
                .response();
    }

    @Answers(value = RevocationView.class, page = true)
    @SensitiveList("revocations")
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "50") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return PageRequest.newestFirst(
                        cursor,
                        limit,
                        order,
                        asked -> manifests.list(asked.after(), asked.rows(), asked.order()),
                        RevocationView::id)
                .response();
    }
}
