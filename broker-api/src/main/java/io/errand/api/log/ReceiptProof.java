package io.errand.api.log;

import io.errand.api.Json;
import io.errand.api.LogProof;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What an auditor is handed for one credential: its receipt, and that the log has it. */
public final class ReceiptProof {

    private ReceiptProof() {}

    /** A proof as {@code /admin/v1/audit/proofs} answers it. Empty: this is none. */
    public static Optional<LogProof> parse(byte[] json) {
        try {
            return Optional.of(Json.mapper().readValue(json, LogProof.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** The same without witnesses. */
    public static Optional<String> fault(String receipt, ReceiptKeys keys, LogProof proof, VerifierKey key) {
        return fault(receipt, keys, proof, key, null);
    }

    /**
     * What is wrong with it, in a sentence; empty: the receipt is signed by one of the keys, and the log that the other key belongs to has
     * exactly this receipt in the entry at that place.
     *
     * @param witnesses who have to have cosigned the proof's checkpoint; null: nobody
     */
    public static Optional<String> fault(
            String receipt, ReceiptKeys keys, LogProof proof, VerifierKey key, @Nullable WitnessPolicy witnesses) {
        if (ReceiptKeys.claims(receipt).isEmpty()) {
            return Optional.of("This is no receipt.");
        }
        if (!keys.signed(receipt)) {
            return Optional.of("The receipt is signed by none of the keys that were given.");
        }
        Checkpoint checkpoint = Checkpoint.parse(proof.checkpoint()).orElse(null);
        if (checkpoint == null || !checkpoint.isOf(key)) {
            return Optional.of("The proof's checkpoint is not signed by the log " + key.name() + ".");
        }
        if (witnesses != null && !witnesses.isMet(checkpoint)) {
            return Optional.of("Of the witnesses that were given " + witnesses.count(checkpoint)
                    + " have cosigned the proof's checkpoint, and " + witnesses.needed()
                    + " are needed: ask for the proof again when they have.");
        }
        String line = proof.line();
        if (line == null || !hasReceipt(line, receipt)) {
            return Optional.of("The entry that the proof is about does not have this receipt.");
        }
        List<byte[]> hashes = new ArrayList<>();
        proof.proof().forEach(text -> hashes.add(Base64Text.read(text).orElse(new byte[0])));
        return Proof.isIncluded(
                        TreeHash.leaf(line.getBytes(StandardCharsets.UTF_8)),
                        proof.place(),
                        checkpoint.size(),
                        checkpoint.root(),
                        hashes)
                ? Optional.empty()
                : Optional.of("The proof does not lead from the entry to the signed root.");
    }

    private static boolean hasReceipt(String line, String receipt) {
        try {
            JsonNode event = Json.mapper().readTree(line);
            return event.path("kind").asString("").equals("lease.revoked")
                    && event.path("details").path("receipt").asString("").equals(receipt);
        } catch (JacksonException e) {
            return false;
        }
    }

    /** What a receipt says, for people: the lease, the tool, and how it was seen to be gone. Empty: this is no receipt. */
    public static Optional<String> summary(String receipt) {
        return ReceiptKeys.claims(receipt)
                .map(claims -> "lease " + claims.path("lease").asString("") + " of "
                        + claims.path("agent").asString("")
                        + " on " + claims.path("tool").asString("") + ", "
                        + claims.path("evidence").path("kind").asString("") + " since "
                        + claims.path("revoked_at").asString(""));
    }
}
