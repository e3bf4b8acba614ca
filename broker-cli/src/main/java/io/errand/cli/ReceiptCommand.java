package io.errand.cli;

import io.errand.api.log.OffboardingReport;
import io.errand.api.log.ReceiptProof;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand receipt}. */
@Command(
        name = "receipt",
        mixinStandardHelpOptions = true,
        description = "Verify a receipt, or the report of a retired agent, without the broker.")
final class ReceiptCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Which of the commands for receipts? There are: verify, verify-report.");
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = "Say whether the broker has signed a receipt and its log has it. Exits 0 if so, 1 if not.")
    int verify(
            @Parameters(paramLabel = "FILE", description = "The receipt, as a lease shows it.") Path file,
            @Option(
                            names = "--receipt-keys",
                            required = true,
                            paramLabel = "FILE",
                            description = "The broker's key set (<issuer>/oauth2/jwks).")
                    Path keys,
            @Option(
                            names = "--proof",
                            required = true,
                            paramLabel = "FILE",
                            description = "What `errand audit proof --lease` printed.")
                    Path proof,
            @Option(
                            names = "--key",
                            required = true,
                            paramLabel = "VKEY",
                            description = "The log's verifier key, or a file that holds it.")
                    String key,
            @Mixin WitnessOptions witnesses) {
        String receipt = LogFiles.text(file).strip();
        Optional<String> fault = ReceiptProof.fault(
                receipt,
                LogFiles.receiptKeys(keys),
                ReceiptProof.parse(LogFiles.bytes(proof))
                        .orElseThrow(() -> CommandFailed.error(
                                proof + " holds no proof: it is what `errand audit proof --lease` prints.")),
                LogFiles.key(key),
                witnesses.policy());
        PrintWriter out = spec.commandLine().getOut();
        out.println(fault.orElseGet(
                () -> "Signed, and in the log: " + ReceiptProof.summary(receipt).orElse("") + "."));
        out.flush();
        return fault.isPresent() ? 1 : 0;
    }

    @Command(
            name = "verify-report",
            mixinStandardHelpOptions = true,
            description =
                    "Say whether the broker has signed the report of a retired agent and each receipt in it, and whether"
                            + " none is missing. Exits 0 if so, 1 if not.")
    int verifyReport(
            @Parameters(paramLabel = "FOLDER", description = "Where `errand agents report --out` wrote it.")
                    Path folder,
            @Option(
                            names = "--receipt-keys",
                            required = true,
                            paramLabel = "FILE",
                            description = "The broker's key set (<issuer>/oauth2/jwks).")
                    Path keys) {
        String report =
                LogFiles.text(folder.resolve(AgentsCommand.Report.REPORT)).strip();
        Optional<String> fault = OffboardingReport.fault(
                report,
                LogFiles.text(folder.resolve(AgentsCommand.Report.RECEIPTS))
                        .lines()
                        .filter(line -> !line.isBlank())
                        .toList(),
                LogFiles.receiptKeys(keys));
        PrintWriter out = spec.commandLine().getOut();
        out.println(fault.orElseGet(() -> "Signed, with every receipt: "
                + Table.plain(OffboardingReport.summary(report).orElse("")) + "."));
        out.flush();
        return fault.isPresent() ? 1 : 0;
    }
}
