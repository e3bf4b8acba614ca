package io.errand.api.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What an auditor is handed for an agent that was retired: its report, and the receipts that the report is about. */
public final class OffboardingReport {

    static final String TYP = "errand-offboarding+jwt";

    private OffboardingReport() {}

    /**
     * What is wrong with it, in a sentence; empty: the report is signed by one of the keys, and so is each receipt, and the receipts
     * are those of the report, each once and none missing.
     */
    public static Optional<String> fault(String report, List<String> receipts, ReceiptKeys keys) {
        Optional<JsonNode> claims = ReceiptKeys.claims(report, TYP);
        if (claims.isEmpty()) {
            return Optional.of("This is no report of an offboarding.");
        }
        if (!keys.signed(report)) {
            return Optional.of("The report is signed by none of the keys that were given.");
        }
        Map<String, String> digests = new HashMap<>();
        List<String> missing = new ArrayList<>();
        claims.get().path("leases").forEach(lease -> {
            String id = lease.path("lease").asString("");
            digests.put(id, lease.path("receipt_sha256").asString(""));
            missing.add(id);
        });
        for (String receipt : receipts) {
            String lease = ReceiptKeys.claims(receipt)
                    .map(said -> said.path("lease").asString(""))
                    .orElse("");
            if (lease.isEmpty()) {
                return Optional.of("One of the receipts is none.");
            }
            if (!keys.signed(receipt)) {
                return Optional.of("The receipt of lease " + lease + " is signed by none of the keys that were given.");
            }
            if (!missing.remove(lease)) {
                return Optional.of("The receipt of lease " + lease + " is not one of the report's, or is there twice.");
            }
            if (!sha256(receipt).equals(digests.get(lease))) {
                return Optional.of("The receipt of lease " + lease + " is not the one that the report is about.");
            }
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(missing.size() + " of " + digests.size() + " receipts are missing, the first of lease "
                        + missing.getFirst() + ".");
    }

    private static String sha256(String receipt) {
        return HexFormat.of().formatHex(TreeHash.sha256().digest(receipt.getBytes(StandardCharsets.US_ASCII)));
    }

    /** What a report says, for people. Empty: this is none. */
    public static Optional<String> summary(String report) {
        return ReceiptKeys.claims(report, TYP)
                .map(claims -> "agent " + claims.path("sub").asString("") + " of "
                        + claims.path("owner").asString("") + ", retired at "
                        + claims.path("retired_at").asString("") + " by "
                        + claims.path("retired_by").asString("") + ": "
                        + claims.path("leases").size() + " leases gone, "
                        + claims.path("left").size() + " of them left something at their targets");
    }
}
