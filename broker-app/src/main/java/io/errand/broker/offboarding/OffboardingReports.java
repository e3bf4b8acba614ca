package io.errand.broker.offboarding;

import io.errand.api.Json;
import io.errand.api.LeaseView;
import io.errand.api.RevocationView;
import io.errand.api.Sha256;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.lease.LeaseSweeps;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** The signed statement that nothing of an agent is left, with the digest of every receipt: a JWS whose {@code typ} is its own. */
@Component
class OffboardingReports {

    private static final int PAGE = 500;

    private final Keys keys;
    private final LeaseSweeps sweeps;
    private final ErrandProperties errand;
    private final Clock clock;

    OffboardingReports(Keys keys, LeaseSweeps sweeps, ErrandProperties errand, Clock clock) {
        this.keys = keys;
        this.sweeps = sweeps;
        this.errand = errand;
        this.clock = clock;
    }

    /** @param leases how many it has */
    record Report(String jws, int leases) {}

    /** When every lease has its receipt. */
    Report write(OffboardingRow row) {
        List<Map<String, Object>> leases = new ArrayList<>();
        List<Map<String, Object>> left = new ArrayList<>();
        UUID after = null;
        do {
            RevocationView page = sweeps.manifest(row.revocation(), after, PAGE).orElseThrow();
            List<LeaseView> found = Objects.requireNonNull(page.leases());
            for (LeaseView lease : found) {
                add(lease, leases, left);
            }
            after = page.next() == null ? null : UUID.fromString(found.getLast().id());
        } while (after != null);
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", errand.issuer());
        claims.put("iat", clock.instant().getEpochSecond());
        claims.put("jti", Ids.next().toString());
        claims.put("sub", row.agent());
        claims.put("agent_id", row.agentId().toString());
        claims.put("owner", row.owner());
        claims.put("retired_by", row.who());
        put(claims, "reason", row.reason());
        claims.put("retired_at", row.begunAt().toString());
        claims.put("revocation", row.revocation().toString());
        claims.put("tasks", row.tasks());
        claims.put("leases", leases);
        claims.put("left", left);
        claims.put(
                "open",
                Map.of(
                        "approvals", row.open().approvals(),
                        "exceptions", row.open().exceptions(),
                        "policies", row.open().policies(),
                        "delegated_by", row.open().delegatedBy()));
        return new Report(keys.sign(TokenKind.OFFBOARDING, claims), leases.size());
    }

    private static void add(LeaseView lease, List<Map<String, Object>> leases, List<Map<String, Object>> left) {
        String receipt = Objects.requireNonNull(lease.receipt());
        JsonNode evidence = claims(receipt).path("evidence");
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("lease", lease.id());
        one.put("agent", lease.agent());
        one.put("task", lease.task());
        one.put("tool", lease.tool());
        one.put("evidence", evidence.path("kind").asString(""));
        one.put("revoked_at", String.valueOf(lease.revokedAt()));
        one.put("receipt_sha256", Sha256.hex(receipt));
        leases.add(one);
        JsonNode leftovers = evidence.path("facts").path("leftovers");
        LeaseView.Disabled disabled = lease.disabled();
        if (!leftovers.isEmpty() || disabled != null) {
            Map<String, Object> what = new LinkedHashMap<>();
            what.put("lease", lease.id());
            what.put("tool", lease.tool());
            what.put("leftovers", Json.mapper().convertValue(leftovers.isEmpty() ? List.of() : leftovers, List.class));
            put(what, "disabled", disabled == null ? null : disabled.cause());
            left.add(what);
        }
    }

    private static void put(Map<String, Object> into, String member, @Nullable Object value) {
        if (value != null) {
            into.put(member, value);
        }
    }

    private static JsonNode claims(String jws) {
        return Json.mapper().readTree(Base64.getUrlDecoder().decode(jws.split("\\.")[1]));
    }
}
