package io.errand.api.log;

import io.errand.api.log.Verification.Decisions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Whether what events say holds together: receipts with the ends that they are of, approvals with what was asked, decisions with what
 * came of them. Remembered is what is open: decisions without an outcome, and approvals that were not used yet.
 */
final class EventChecks {

    private record Approval(String digest, boolean isApproved) {}

    private final @Nullable ReceiptKeys keys;
    private final Set<String> openDecisions = new HashSet<>();
    private final Map<String, String> openLeases = new HashMap<>();
    private final Map<String, Integer> leasesOf = new HashMap<>();
    private final Map<String, Approval> approvals = new HashMap<>();
    private long withOutcome;
    private long unknown;
    long receipts;
    long signatures;
    long approved;

    /** @param keys null: signatures of receipts are not looked at */
    EventChecks(@Nullable ReceiptKeys keys) {
        this.keys = keys;
    }

    Decisions decisions() {
        return new Decisions(withOutcome, unknown, openDecisions.size() + (long) leasesOf.size());
    }

    /** What is wrong with the event, in a sentence. */
    Optional<String> look(JsonNode event) {
        String kind = event.path("kind").asString("");
        String decision = event.path("decision").asString("");
        JsonNode details = event.path("details");
        switch (kind) {
            case "evaluation.permitted" -> {
                if (details.path("closed").asString("").equals("unknown")) {
                    unknown++;
                } else {
                    openDecisions.add(decision);
                }
            }
            case "evaluation.closed" -> {
                if (openDecisions.remove(decision)) {
                    closed(event.path("outcome").asString("").equals("unknown"));
                }
            }
            case "exchange.granted" -> {
                // What is given out again was made before.
                boolean isMade = details.path("rejoined").asBoolean(false);
                granted(decision, isMade ? MissingNode.getInstance() : details.path("leases"));
            }
            default -> {
                if (kind.startsWith("lease.")) {
                    settled(event);
                }
            }
        }
        return kind.startsWith("approval.")
                ? approval(kind, event)
                : kind.equals("lease.revoked") ? receipt(event) : Optional.empty();
    }

    private void closed(boolean isUnknown) {
        if (isUnknown) {
            unknown++;
        } else {
            withOutcome++;
        }
    }

    /** What comes of a grant is that its credentials are made, or are not. */
    private void granted(String decision, JsonNode leases) {
        if (leases.isEmpty()) {
            withOutcome++;
            return;
        }
        leases.forEach(lease -> openLeases.put(lease.asString(""), decision));
        leasesOf.put(decision, leases.size());
    }

    private void settled(JsonNode event) {
        String decision = openLeases.remove(event.path("lease").asString(""));
        if (decision == null) {
            return;
        }
        int left = leasesOf.merge(decision, -1, Integer::sum);
        if (left <= 0) {
            leasesOf.remove(decision);
            closed(event.path("outcome").asString("").equals("unknown"));
        }
    }

    private Optional<String> approval(String kind, JsonNode event) {
        JsonNode details = event.path("details");
        String id = details.path("approval").asString("");
        String digest = details.path("digest").asString("");
        if (kind.equals("approval.requested")) {
            approvals.put(id, new Approval(digest, false));
            return Optional.empty();
        }
        Approval asked = approvals.get(id);
        if (asked == null || digest.isEmpty()) {
            return Optional.empty();
        }
        if (!asked.digest.equals(digest)) {
            return Optional.of("It is about the digest " + digest + ", but approval " + id + " was asked for "
                    + asked.digest + ".");
        }
        switch (kind) {
            case "approval.approved" -> {
                approved++;
                if (event.path("outcome").asString("").equals("approved")) {
                    approvals.put(id, new Approval(digest, true));
                }
            }
            case "approval.consumed" -> {
                approvals.remove(id);
                if (!asked.isApproved) {
                    return Optional.of("It uses approval " + id + ", which nobody gave.");
                }
            }
            case "approval.denied", "approval.expired", "approval.voided" -> approvals.remove(id);
            default -> {}
        }
        return Optional.empty();
    }

    private Optional<String> receipt(JsonNode event) {
        String receipt = event.path("details").path("receipt").asString("");
        if (receipt.isEmpty()) {
            return Optional.empty();
        }
        JsonNode claims = ReceiptKeys.claims(receipt).orElse(null);
        if (claims == null
                || !isSame(claims, event, "lease")
                || !isSame(claims, event, "task")
                || !isSame(claims, event, "agent")) {
            return Optional.of("Its receipt is not about this lease, task and agent.");
        }
        receipts++;
        if (keys != null) {
            if (!keys.signed(receipt)) {
                return Optional.of("Its receipt is signed by none of the keys that were given.");
            }
            signatures++;
        }
        return Optional.empty();
    }

    private static boolean isSame(JsonNode claims, JsonNode event, String member) {
        return claims.path(member).asString("").equals(event.path(member).asString(""));
    }
}
