package io.errand.api;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event of the audit log.
 *
 * @param kind {@code <room>.<what>}, for example {@code exchange.granted}, {@code lease.revoked}
 * @param who the caller: {@code agent:<name>}, {@code person:<issuer>:<subject>}, {@code transmitter:<name>} or
 *     {@code broker}
 */
public record AuditEntry(
        String id,
        Instant at,
        String kind,
        @Nullable String who,
        @Nullable String agent,
        @Nullable String task,
        @Nullable String lease,
        @Nullable String decision,
        @Nullable String outcome,
        Map<String, Object> details) {}
