package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SensitiveList;
import io.errand.broker.shared.web.SortOrder;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
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
    @SensitiveList("audit")
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
        for (String id : new @Nullable String[] {task, lease, decision}) {
            if (id != null && Ids.parse(id).isEmpty()) {
                return Problem.badRequest("task, lease and decision are ids as this service writes them.")
                        .response();
            }
        }
        Optional<OffsetDateTime> from = since == null ? Optional.empty() : time(since);
        if (since != null && from.isEmpty()) {
            return Problem.badRequest("since is a time such as 2026-01-31T12:00:00Z.")
                    .response();
        }
        var filter = new AuditLog.Filter(id(task), id(lease), id(decision), agent, kind, from.orElse(null));
        return PageRequest.of(cursor, Ids::parse, limit, MAX_PAGE, order, SortOrder.ASC)
                .then(asked -> Result.ok(
                        asked.page(log.after(asked.after(), filter, asked.rows(), asked.order()), AuditEntry::id)))
                .response();
    }

    private static @Nullable UUID id(@Nullable String text) {
        return text == null ? null : Ids.parse(text).orElseThrow();
    }

    private static Optional<OffsetDateTime> time(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text))
                    .filter(time -> time.getYear() >= 1 && time.getYear() <= 9999);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
