package io.errand.broker.signal.transmitter;

import io.errand.broker.audit.LogReader.Position;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code security_event_stream}.
 *
 * @param receiver who made it, as the audit log has callers
 * @param endpoint where it is pushed to; null: its receiver polls
 * @param events types that are sent
 * @param requested types that were asked for
 * @param position of the entry of the audit log that is looked at next
 */
record EventStream(
        UUID id,
        String receiver,
        @Nullable String description,
        @Nullable String endpoint,
        List<String> events,
        List<String> requested,
        Status status,
        @Nullable String statusReason,
        Position position) {

    /** SSF 1.0 §8.1.2.1. */
    enum Status {
        ENABLED,
        /** What happens is kept. */
        PAUSED,
        /** What happens is not kept. */
        DISABLED
    }

    boolean isPushed() {
        return endpoint != null;
    }
}
