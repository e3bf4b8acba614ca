package io.errand.broker.lease;

import io.errand.broker.credential.Destruction.Gone;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Signed statements that a credential was seen to be gone: a JWS whose {@code typ} is that of receipts alone. */
@Component
class Receipts {

    private final Keys keys;
    private final ErrandProperties errand;
    private final Clock clock;

    Receipts(Keys keys, ErrandProperties errand, Clock clock) {
        this.keys = keys;
        this.errand = errand;
        this.clock = clock;
    }

    String write(Lease lease, Gone gone, Instant revokedAt) {
        Map<String, Object> evidence = new LinkedHashMap<>();
        evidence.put("kind", gone.kind());
        evidence.put("statement", gone.statement());
        evidence.put("facts", gone.facts());
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", errand.issuer());
        claims.put("iat", clock.instant().getEpochSecond());
        claims.put("jti", Ids.next().toString());
        claims.put("sub", lease.id().toString());
        claims.put("lease", lease.id().toString());
        claims.put("task", lease.task().toString());
        claims.put("agent", lease.agent());
        claims.put("tool", lease.tool());
        claims.put("backend", lease.backend());
        claims.put("evidence", evidence);
        claims.put("revoked_at", revokedAt.toString());
        claims.put("reason", lease.reason());
        return keys.sign(TokenKind.RECEIPT, claims);
    }
}
