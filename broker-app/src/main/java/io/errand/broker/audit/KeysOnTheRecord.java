package io.errand.broker.audit;

import io.errand.broker.key.KeyRotated;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The keys' room lies below this one, so it tells by event, in the transaction of the change (P4). */
@Component
class KeysOnTheRecord {

    private final Audit audit;

    KeysOnTheRecord(Audit audit) {
        this.audit = audit;
    }

    @EventListener
    void on(KeyRotated change) {
        audit.record(AuditEvent.of(change.kind())
                .by(change.who() == null ? AuditEvent.BROKER : change.who())
                .with("kid", change.kid()));
    }
}
