package io.errand.cli;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.Verification;
import io.errand.api.log.Verification.Tampered;
import io.errand.api.log.Verification.Unusable;
import io.errand.api.log.Verification.Verified;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code errand audit}. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Export the audit log, and verify an export without the broker.",
        subcommands = {AuditAccessCommand.class, AuditReportCommand.class})
final class AuditCommand implements Runnable {

    private static final int TAMPERED = 1;
    private static final int UNUSABLE = 2;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Which of the log's commands? There are: export, verify, report, proof, key, checkpoint, access.");
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Print the log as JSON Lines: each event, and what proves it.")
    int export(
            @Option(
                            names = "--since",
                            paramLabel = "CHECKPOINT",
                            description =
                                    "Only what came after: a file that holds a checkpoint of the log, its number of"
                                            + " entries, or a time (RFC 3339). What was exported until then and this are proved to"
                                            + " be one log.")
                    @Nullable
                    String since,
            @Option(
                            names = "--disclosures",
                            paramLabel = "FILE",
                            description =
                                    "Also write the personal text, which stands in the log as digests only, to this file.")
                    @Nullable
                    Path disclosures,
            @Mixin Connection connection)
            throws IOException {
        BrokerClient broker = connection.broker();
        String query = since == null ? "" : "?since=" + BrokerClient.encoded(number(since));
        if (disclosures != null) {
            try (OutputStream file = PrivateFile.create(disclosures)) {
                broker.download("/admin/v1/audit/disclosures" + query, file);
            }
        }
        // Last, so that every text that was written is one of an entry in it.
        OutputStream out = System.out;
        broker.download("/admin/v1/audit/export" + query, out);
        out.flush();
        return 0;
    }

    /** A checkpoint is known by how many entries it has. */
    private static String number(String since) throws IOException {
        Path file = Path.of(since);
        if (!Files.isRegularFile(file)) {
            return since;
        }
        return Checkpoint.parse(Files.readString(file))
                .map(checkpoint -> Long.toString(checkpoint.size()))
                .orElseThrow(() -> CommandFailed.usage(
                        since + " holds no checkpoint: it is what `errand audit checkpoint` prints."));
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description =
                    "Say whether an export is the whole log and nothing else. Exits 0 if it is, 1 with the first bad"
                            + " line and what was done to it if it is not, 2 if that cannot be said.")
    int verify(@Mixin ExportOptions export) throws IOException {
        Verification found = export.verify(event -> {});
        PrintWriter out = spec.commandLine().getOut();
        int code = print(found, out);
        out.flush();
        return code;
    }

    static int print(Verification found, PrintWriter out) {
        return switch (found) {
            case Verified verified -> {
                out.printf(
                        "%s: all of the %d entries from place %d on, in their order; %d checkpoints agree.%n",
                        verified.origin(),
                        verified.size() - verified.first(),
                        verified.first(),
                        verified.checkpoints());
                if (verified.witnessed() > 0) {
                    out.printf(
                            "witnesses: enough have cosigned a checkpoint of %d entries; %d came after it%n",
                            verified.witnessed(), verified.size() - verified.witnessed());
                }
                out.printf(
                        "decisions: %d with an outcome, %d with an unknown one, %d with neither%n",
                        verified.decisions().withOutcome(),
                        verified.decisions().unknown(),
                        verified.decisions().withNeither());
                out.printf(
                        "receipts: %d, of which %d signatures were verified; approvals: %d; disclosures: %d%n",
                        verified.statements().receipts(),
                        verified.statements().signatures(),
                        verified.statements().approvals(),
                        verified.statements().disclosures());
                yield 0;
            }
            case Tampered(long line, var kind, String sentence) -> {
                out.println((line == 0 ? "" : "line " + line + ": ") + kind + ": " + sentence);
                yield TAMPERED;
            }
            case Unusable(String sentence) -> {
                out.println(sentence);
                yield UNUSABLE;
            }
        };
    }

    /** Of which one is asked for. */
    static final class Proved {

        @Option(names = "--lease", paramLabel = "ID", description = "The end of this lease.")
        private @Nullable String lease;

        @Option(names = "--event", paramLabel = "ID", description = "This event.")
        private @Nullable String event;
    }

    @Command(
            name = "proof",
            mixinStandardHelpOptions = true,
            description = "Print the proof that the log has an event: for `errand receipt verify`.")
    int proof(@ArgGroup(multiplicity = "1") Proved proved, @Mixin Connection connection) {
        String query = proved.lease != null
                ? "lease=" + BrokerClient.encoded(proved.lease)
                : "event=" + BrokerClient.encoded(String.valueOf(proved.event));
        return print(connection
                .broker()
                .get("/admin/v1/audit/proofs?" + query)
                .orFail()
                .body()
                .toString());
    }

    @Command(name = "key", mixinStandardHelpOptions = true, description = "Print the log's verifier key.")
    int key(@Mixin Connection connection) throws IOException {
        return download("/log/vkey", connection);
    }

    @Command(
            name = "checkpoint",
            mixinStandardHelpOptions = true,
            description = "Print the log's last checkpoint: keep it.")
    int checkpoint(@Mixin Connection connection) throws IOException {
        return download("/log/checkpoint", connection);
    }

    private static int download(String path, Connection connection) throws IOException {
        connection.broker().download(path, System.out);
        System.out.flush();
        return 0;
    }

    private int print(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
        return 0;
    }
}
