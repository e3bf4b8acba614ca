package io.errand.broker.audit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, as the log keeps it. It never holds a secret.
 *
 * @param kind {@code <room>.<what>}, for example {@code exchange.denied}, {@code lease.revoked}, {@code agent.replaced}
 * @param who the caller: {@code agent:<name>}, {@code person:<issuer>:<subject>}, {@code transmitter:<name>},
 *     {@code directory:<id of its bearer>}, {@code broker}, or null if unknown
 * @param details further members; values are text, numbers, booleans, or lists and maps of these
 */
public record AuditEvent(
        String kind,
        @Nullable String who,
        @Nullable String agent,
        @Nullable UUID task,
        @Nullable UUID lease,
        @Nullable UUID decision,
        @Nullable String outcome,
        Map<String, Object> details) {

    /** The name under which the broker acts of its own accord. */
    public static final String BROKER = "broker";

    public static AuditEvent of(String kind) {
        return new AuditEvent(kind, null, null, null, null, null, null, Map.of());
    }

    public AuditEvent by(@Nullable String caller) {
        return new AuditEvent(kind, caller, agent, task, lease, decision, outcome, details);
    }

    public AuditEvent agent(@Nullable String name) {
        return new AuditEvent(kind, who, name, task, lease, decision, outcome, details);
    }

    public AuditEvent task(@Nullable UUID id) {
        return new AuditEvent(kind, who, agent, id, lease, decision, outcome, details);
    }

    public AuditEvent lease(@Nullable UUID id) {
        return new AuditEvent(kind, who, agent, task, id, decision, outcome, details);
    }

    public AuditEvent decision(@Nullable UUID id) {
        return new AuditEvent(kind, who, agent, task, lease, id, outcome, details);
    }

    public AuditEvent outcome(@Nullable String result) {
        return new AuditEvent(kind, who, agent, task, lease, decision, result, details);
    }

    /** Adds a member; null adds nothing. */
    public AuditEvent with(String member, @Nullable Object value) {
        if (value == null) {
            return this;
        }
        Map<String, Object> more = new LinkedHashMap<>(details);
        more.put(member, value);
        return new AuditEvent(kind, who, agent, task, lease, decision, outcome, more);
    }
}
