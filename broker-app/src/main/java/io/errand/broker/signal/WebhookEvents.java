package io.errand.broker.signal;

import io.errand.api.Json;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Writes events for webhooks into the outbox, in the transaction of the audit event. */
@Component
class WebhookEvents {

    static final Set<String> TYPES = Set.of(
            "agent.ceiling_proposed",
            "agent.narrowing_proposed",
            "agent.suspended",
            "agent.retired",
            "agent.transferred",
            "agent.ownerless",
            "agent.review_due",
            "agent.review_overdue",
            "agent.offboarded",
            "approval.requested",
            "approval.decided",
            "breakglass.activated",
            "breakglass.review_overdue",
            "exception.proposed",
            "exception.approved",
            "exception.due",
            "exception.expired",
            "lock.set",
            "lease.irrevocable");

    /** What of an event's details is told; what is not named here stays inside. */
    private static final Set<String> TOLD = Set.of(
            "owner",
            "before",
            "after",
            "approval",
            "digest",
            "groups",
            "break_glass",
            "activated_by",
            "reason",
            "ticket",
            "tools",
            "tool",
            "actions",
            "proposal",
            "exception",
            "name",
            "scope",
            "lock",
            "expires_at",
            "review_by");

    private final JdbcClient jdbc;
    private final SignalProperties settings;
    private final Clock clock;

    WebhookEvents(JdbcClient jdbc, SignalProperties settings, Clock clock) {
        this.jdbc = jdbc;
        this.settings = settings;
        this.clock = clock;
    }

    /** Heard of each event, those of every decision too: Audit has made sure of the transaction. */
    @EventListener
    void on(AuditEvent event) {
        Optional<String> type = type(event);
        if (type.isEmpty()) {
            return;
        }
        settings.receivers().forEach((name, receiver) -> {
            if (receiver.wants(type.get())) {
                jdbc.sql("INSERT INTO outbox (id, receiver, type, payload) VALUES (:id, :receiver, :type, :payload)")
                        .param("id", Ids.next())
                        .param("receiver", name)
                        .param("type", type.get())
                        .param("payload", payload(type.get(), event))
                        .update();
            }
        });
    }

    private static Optional<String> type(AuditEvent event) {
        return switch (event.kind()) {
            case "approval.denied" -> Optional.of("approval.decided");
            // One of several that are needed decides nothing yet.
            case "approval.approved" ->
                "approved".equals(event.outcome()) ? Optional.of("approval.decided") : Optional.empty();
            default -> TYPES.contains(event.kind()) ? Optional.of(event.kind()) : Optional.empty();
        };
    }

    private String payload(String type, AuditEvent event) {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("who", event.who());
        data.put("agent", event.agent());
        data.put("task", event.task());
        data.put("lease", event.lease());
        data.put("decision_id", event.decision());
        data.put("outcome", event.outcome());
        event.details().forEach((member, value) -> {
            if (TOLD.contains(member)) {
                data.put(member, value);
            }
        });
        data.values().removeIf(java.util.Objects::isNull);
        return Json.mapper()
                .writeValueAsString(
                        Map.of("type", type, "timestamp", clock.instant().toString(), "data", data));
    }
}
