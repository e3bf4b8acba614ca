package io.errand.broker.lease.removal;

import io.errand.broker.credential.Destruction.Gone;
import io.errand.broker.credential.StatusIndex;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.lease.Lease;
import io.errand.broker.lease.LeaseRows.Times;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

    String write(Lease lease, Gone gone, Times when) {
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
        claims.put("revoked_at", when.revoked().toString());
        claims.put("reason", lease.reason());
        if (lease.listed() != null) {
            claims.put("offline", offline(lease.listed(), when.ended()));
        }
        return keys.sign(TokenKind.RECEIPT, claims);
    }

    /**
     * Until when those who check the token by themselves may not have known: who reads the status list, and who reads nothing. A list
     * shows an end within a second and is kept for its {@code ttl}.
     */
    private Map<String, Object> offline(Lease.Listed listed, Instant ended) {
        Instant exp = listed.until().truncatedTo(ChronoUnit.SECONDS);
        Instant read = ended.plusSeconds(1L + StatusIndex.TTL_SECONDS);
        Map<String, Object> list = new LinkedHashMap<>(listed.index().claim(errand.issuer()));
        list.put("ttl", StatusIndex.TTL_SECONDS);
        Map<String, Object> offline = new LinkedHashMap<>();
        offline.put("status_list", list);
        offline.put("list_readers_knew_by", (read.isBefore(exp) ? read : exp).toString());
        offline.put("exp", exp.getEpochSecond());
        return offline;
    }
}
