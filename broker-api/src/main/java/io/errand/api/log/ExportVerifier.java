package io.errand.api.log;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Looks through an export without the log that it is of: with its key, and perhaps a checkpoint that somebody kept. Nothing in a line is
 * believed before the hashes that lead from it to the signed root are right.
 */
public final class ExportVerifier {

    private final VerifierKey key;
    private @Nullable Checkpoint kept;
    private @Nullable WitnessPolicy witnesses;
    private @Nullable ReceiptKeys receiptKeys;
    private @Nullable InputStream disclosures;
    private Consumer<JsonNode> reader = event -> {};

    public ExportVerifier(VerifierKey key) {
        this.key = key;
    }

    /** Also whether this checkpoint, which came another way, is of the same log and the same history. */
    public ExportVerifier against(@Nullable Checkpoint checkpoint) {
        kept = checkpoint;
        return this;
    }

    /** Also whether one of its checkpoints, and which, was cosigned by so many of these; other cosignatures are not looked at. */
    public ExportVerifier withWitnesses(@Nullable WitnessPolicy policy) {
        witnesses = policy;
        return this;
    }

    /** Also whether receipts are signed by these. */
    public ExportVerifier withReceiptKeys(@Nullable ReceiptKeys keys) {
        receiptKeys = keys;
        return this;
    }

    /** Also whether these texts are those of the digests; they are in the order of the log. */
    public ExportVerifier withDisclosures(@Nullable InputStream lines) {
        disclosures = lines;
        return this;
    }

    /** Shows it each event, in the order of the log. What it was shown counts if the export turns out to be verified. */
    public ExportVerifier withReader(Consumer<JsonNode> events) {
        reader = events;
        return this;
    }

    public Verification verify(InputStream export) throws IOException {
        return new ExportPass(
                        new ExportReader(export),
                        new ExportCheckpoints(key, kept, witnesses),
                        new EventChecks(receiptKeys),
                        new DisclosedTexts(disclosures),
                        reader)
                .run();
    }
}
