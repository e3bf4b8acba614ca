package io.errand.broker.audit;

import io.errand.api.ErasureRequest;
import io.errand.api.ErasureView;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import java.security.Principal;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code POST /admin/v1/audit/erasures}: the personal text of a task's events, or of one event, is replaced by the digest that stands
 * for it in the log, and the digest's salt is forgotten. The log stays what it was.
 */
@RestController
@RequestMapping("/admin/v1/audit/erasures")
class ErasureEndpoint {

    private final JdbcClient jdbc;
    private final Audit audit;

    ErasureEndpoint(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    @Answers(ErasureView.class)
    @PostMapping
    @Transactional
    public ResponseEntity<Object> erase(@RequestBody ErasureRequest asked, Principal who) {
        if ((asked.task() == null) == (asked.event() == null)) {
            return Problem.invalidMember("task", "Name a task or an event, and not both.")
                    .response();
        }
        Optional<UUID> id = Ids.parse(asked.task() == null ? String.valueOf(asked.event()) : asked.task());
        if (id.isEmpty()) {
            return Problem.badRequest("task and event are ids as this service writes them.")
                    .response();
        }
        List<UUID> events = jdbc.sql(
                        asked.task() == null
                                ? "SELECT id FROM audit_event WHERE id = :id"
                                // Index audit_event_task.
                                : "SELECT id FROM audit_event WHERE task_id = :id")
                .param("id", id.get())
                .query(UUID.class)
                .list();
        jdbc.sql("INSERT INTO audit_erasure (event_id) SELECT unnest(:events::uuid[]) ON CONFLICT DO NOTHING")
                .param("events", events.stream().map(UUID::toString).toArray(String[]::new))
                .update();
        int erased = jdbc.sql("SELECT audit_erase()").query(Integer.class).single();
        // Of events that have no place yet nothing is erased: who asked is told how many were, and asks again.
        jdbc.sql("DELETE FROM audit_erasure").update();
        audit.record(AuditEvent.of("audit.erased")
                .by(who.getName())
                .task(asked.task() == null ? null : id.get())
                .with("event", asked.event())
                .with("events", erased));
        return ResponseEntity.ok(new ErasureView(events.size(), erased));
    }
}
