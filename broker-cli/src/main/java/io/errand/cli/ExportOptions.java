package io.errand.cli;

import io.errand.api.log.ExportVerifier;
import io.errand.api.log.Verification;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** An export of the audit log, and what it is verified with. */
final class ExportOptions {

    @Parameters(paramLabel = "FILE", description = "What `errand audit export` printed.")
    @SuppressWarnings("NullAway.Init") // required
    private Path export;

    @Option(
            names = "--key",
            required = true,
            paramLabel = "VKEY",
            description = "The log's verifier key, or a file that holds it; from <issuer>/log/vkey, once.")
    @SuppressWarnings("NullAway.Init") // required
    private String key;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "A checkpoint that was kept: the export has to be of the same history.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--disclosures",
            paramLabel = "FILE",
            description = "Texts that stand in the log as digests: whether they are those.")
    private @Nullable Path disclosures;

    @Option(
            names = "--receipt-keys",
            paramLabel = "FILE",
            description = "The broker's key set (<issuer>/oauth2/jwks): whether it has signed the receipts.")
    private @Nullable Path receiptKeys;

    @Mixin
    private WitnessOptions witnesses = new WitnessOptions();

    /** Shows each event on the way; what was shown counts if the export is verified. */
    Verification verify(Consumer<JsonNode> reader) throws IOException {
        ExportVerifier verifier = new ExportVerifier(LogFiles.key(key))
                .against(checkpoint == null ? null : LogFiles.checkpoint(checkpoint))
                .withWitnesses(witnesses.policy())
                .withReceiptKeys(receiptKeys == null ? null : LogFiles.receiptKeys(receiptKeys))
                .withReader(reader);
        try (InputStream lines = LogFiles.open(export);
                InputStream texts = disclosures == null ? InputStream.nullInputStream() : LogFiles.open(disclosures)) {
            return verifier.withDisclosures(texts).verify(lines);
        }
    }
}
