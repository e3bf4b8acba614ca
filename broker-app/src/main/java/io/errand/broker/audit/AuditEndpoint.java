package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.api.Page;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.SortOrder;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /admin/v1/audit}: the log, oldest first. Filters: {@code task}, {@code lease}, {@code decision}, {@code agent},
 * {@code kind}, {@code since} (RFC 3339). {@code limit} is 1 to 1000, by default 100; {@code cursor} is the id of the last event
 * of the page before.
 */
@RestController
@RequestMapping("/admin/v1/audit")
class AuditEndpoint {

    private static final int MAX_PAGE = 1000;

    private final AuditLog log;

    AuditEndpoint(AuditLog log) {
        this.log = log;
    }

    @Answers(value = AuditEntry.class, page = true)
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String task,
            @RequestParam(required = false) @Nullable String lease,
            @RequestParam(required = false) @Nullable String decision,
            @RequestParam(required = false) @Nullable String agent,
            @RequestParam(required = false) @Nullable String kind,
            @RequestParam(required = false) @Nullable String since,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        for (String id : new @Nullable String[] {task, lease, decision, cursor}) {
            if (id != null && Ids.parse(id).isEmpty()) {
                return Problem.badRequest("task, lease, decision and cursor are ids as this service writes them.")
                        .response();
            }
        }
        Optional<OffsetDateTime> from = since == null ? Optional.empty() : time(since);
        if (since != null && from.isEmpty()) {
            return Problem.badRequest("since is a time such as 2026-01-31T12:00:00Z.")
                    .response();
        }
        if (limit < 1 || limit > MAX_PAGE) {
            return Problem.badRequest("limit is a number from 1 to " + MAX_PAGE + ".")
                    .response();
        }
        var filter = new AuditLog.Filter(id(task), id(lease), id(decision), agent, kind, from.orElse(null));
        return SortOrder.of(order, SortOrder.ASC)
                .then(way -> Result.ok(page(log.after(id(cursor), filter, limit + 1, way), limit)))
                .response();
    }

    private static Page<AuditEntry> page(List<AuditEntry> found, int limit) {
        List<AuditEntry> page = found.size() > limit ? found.subList(0, limit) : found;
        return new Page<>(page, found.size() > limit ? page.getLast().id() : null);
    }

    private static @Nullable UUID id(@Nullable String text) {
        return text == null ? null : Ids.parse(text).orElseThrow();
    }

    private static Optional<OffsetDateTime> time(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
