package io.errand.broker.signal.receiver;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.identity.SecurityEventTokens;
import io.errand.broker.identity.SecurityEventTokens.Believed;
import io.errand.broker.lease.LeaseSweeps;
import io.errand.broker.lease.LeaseSweeps.Swept;
import io.errand.broker.lock.Locks;
import io.errand.broker.signal.receiver.RegisteredTransmitters.Registered;
import io.errand.broker.signal.receiver.SubjectIdentifiers.Meant;
import io.errand.broker.task.Scope;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What a believed token's events end, in one transaction with the record that it came, and with an audit event for each of them. */
@Component
class ReceivedEvents {

    static final String SESSION_REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    static final String ACCOUNT_DISABLED = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";

    private static final Set<String> ENDING = Set.of(SESSION_REVOKED, ACCOUNT_DISABLED);

    private static final int LONGEST_TEXT = 256;

    private final SecurityEventTokens tokens;
    private final SubjectIdentifiers subjects;
    private final RiskEvents risks;
    private final LeaseSweeps sweeps;
    private final Locks locks;
    private final Audit audit;
    private final TransactionTemplate transaction;

    ReceivedEvents(
            SecurityEventTokens tokens,
            SubjectIdentifiers subjects,
            RiskEvents risks,
            LeaseSweeps sweeps,
            Locks locks,
            Audit audit,
            TransactionTemplate transaction) {
        this.tokens = tokens;
        this.subjects = subjects;
        this.risks = risks;
        this.sweeps = sweeps;
        this.locks = locks;
        this.audit = audit;
        this.transaction = transaction;
    }

    /**
     * Of what its events end nothing escapes that was being granted when it came: that is waited for first, apart, so that grants
     * wait no longer than for each other. What begins after that is after the event.
     *
     * @return false: it has come before, and changes nothing
     */
    boolean take(Registered transmitter, Believed token, Map<?, ?> events) {
        List<Received> received = events.entrySet().stream()
                .map(event -> received(transmitter, token, String.valueOf(event.getKey()), event.getValue()))
                .toList();
        if (received.stream().anyMatch(one -> one.meant() instanceof Meant.Known)) {
            transaction.executeWithoutResult(status -> locks.awaitGrants());
        }
        return Boolean.TRUE.equals(transaction.execute(status -> {
            boolean isFirst = tokens.isFirst(transmitter.name(), token);
            if (isFirst) {
                received.forEach(one -> take(transmitter, token, one));
            }
            return isFirst;
        }));
    }

    /** @param level of an event about a risk; null: it is of another kind */
    private record Received(String type, Meant meant, RiskEvents.@Nullable Level level) {}

    private Received received(Registered transmitter, Believed token, String type, @Nullable Object payload) {
        if (RiskEvents.TYPES.contains(type)) {
            return risks.level(transmitter, type, payload)
                    .map(level -> new Received(type, subjects.meant(subject(token, payload), transmitter), level))
                    .orElseGet(() -> new Received(type, new Meant.Nobody("event_not_understood"), null));
        }
        return new Received(
                type,
                ENDING.contains(type)
                        ? subjects.meant(subject(token, payload), transmitter)
                        : new Meant.Nobody("event_not_known"),
                null);
    }

    private void take(Registered transmitter, Believed token, Received received) {
        AuditEvent event = AuditEvent.of("security_event.received")
                .by(transmitter.who())
                .with("transmitter", transmitter.name())
                .with("event_type", cut(received.type()))
                .with("jti", cut(token.jti()));
        switch (received.meant()) {
            case Meant.Nobody(String reason) ->
                audit.record(event.outcome("ignored").with("reason", reason));
            case Meant.Known(List<Scope> scopes) -> {
                RiskEvents.Level level = received.level();
                audit.record(
                        level == null
                                ? ended(event, transmitter, received.type(), scopes)
                                : told(event, transmitter, level, scopes));
            }
        }
    }

    /** Each signal that it raises, or ends, has an event of its own too. */
    private AuditEvent told(AuditEvent event, Registered transmitter, RiskEvents.Level level, List<Scope> scopes) {
        boolean isTold = risks.tell(transmitter, level, scopes);
        return event.outcome(isTold ? (level.points() == 0 ? "cleared" : "raised") : "ignored")
                .with("reason", isTold ? null : "too_many_signals")
                .with("points", level.points())
                .with("scopes", scopes.stream().map(Scope::json).toList());
    }

    private AuditEvent ended(AuditEvent event, Registered transmitter, String type, List<Scope> scopes) {
        String reason = "security event: " + type.substring(type.lastIndexOf('/') + 1);
        List<Swept> swept = scopes.stream()
                .flatMap(scope -> sweeps.endIfAny(scope, reason, transmitter.who()).stream())
                .toList();
        return event.outcome("ended")
                .with("scopes", scopes.stream().map(Scope::json).toList())
                .with(
                        "revocations",
                        swept.stream().map(one -> one.revocation().toString()).toList())
                .with("tasks_cancelled", swept.stream().mapToInt(Swept::tasks).sum());
    }

    /** SSF 1.0 §4.1.3 has {@code sub_id}; before that, an event had a {@code subject} of its own. */
    private static @Nullable Object subject(Believed token, @Nullable Object payload) {
        if (token.claims().containsKey("sub_id")) {
            return token.claims().get("sub_id");
        }
        return payload instanceof Map<?, ?> members ? members.get("subject") : null;
    }

    private static String cut(String text) {
        int end = Math.min(text.length(), LONGEST_TEXT);
        return text.substring(0, end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }
}
