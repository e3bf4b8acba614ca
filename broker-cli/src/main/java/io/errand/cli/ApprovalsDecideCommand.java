package io.errand.cli;

import io.errand.api.ApprovalDecision;
import io.errand.api.ApprovalView;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand approvals approve} and {@code deny}. */
abstract class ApprovalsDecideCommand extends BrokerCommand {

    /** {@code errand approvals approve}. */
    @Command(
            name = "approve",
            mixinStandardHelpOptions = true,
            description =
                    "Approve exactly what was shown. Without --digest it is shown first, and its digest asked for.")
    static final class Approve extends ApprovalsDecideCommand {

        @Override
        String decision() {
            return "approve";
        }
    }

    /** {@code errand approvals deny}. */
    @Command(
            name = "deny",
            mixinStandardHelpOptions = true,
            description = "Deny it, which is final. Without --digest it is shown first, and its digest asked for.")
    static final class Deny extends ApprovalsDecideCommand {

        @Override
        String decision() {
            return "deny";
        }
    }

    @Parameters(paramLabel = "ID", description = "The approval, as `errand approvals` lists it.")
    private String id = "";

    @Option(names = "--digest", paramLabel = "DIGEST", description = "As `errand approvals show` shows it.")
    private @Nullable String digest;

    @Option(names = "--comment", paramLabel = "TEXT", description = "Why; it is kept on the log.")
    private @Nullable String comment;

    @Mixin
    private Person person = new Person();

    @Option(names = "--group", paramLabel = "NAME", description = "At a local `errand serve`: a group you are in.")
    private List<String> groups = List.of();

    abstract String decision();

    @Override
    BrokerClient broker(Connection to) {
        return person.at(to, groups);
    }

    @Override
    int run() {
        BrokerClient broker = broker();
        String said = digest == null ? ask(broker, out()) : digest;
        ApprovalView decided = broker.post(
                        "/admin/v1/approvals/" + BrokerClient.encoded(id),
                        new ApprovalDecision(decision(), said, comment))
                .as(ApprovalView.class);
        out().println(id + " is " + decided.state());
        return 0;
    }

    private String ask(BrokerClient broker, PrintWriter out) {
        Request.read(broker, id).print(out);
        out.print("To " + decision() + " exactly this, repeat its digest: ");
        out.flush();
        try {
            String typed = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            if (typed == null || typed.isBlank()) {
                throw new CommandFailed("Nothing was decided.");
            }
            return typed.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
