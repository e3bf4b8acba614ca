package io.errand.cli;

import io.errand.api.ApprovalDecision;
import io.errand.api.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand approvals approve} and {@code deny}. */
abstract class ApprovalsDecideCommand implements Callable<Integer> {

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

    @Option(names = "--as", paramLabel = "PERSON", description = "At a local `errand serve`: who you are.")
    private @Nullable String person;

    @Option(names = "--group", paramLabel = "NAME", description = "At a local `errand serve`: a group you are in.")
    private List<String> groups = List.of();

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    abstract String decision();

    @Override
    public Integer call() {
        BrokerClient broker = connection.broker(person, groups);
        PrintWriter out = spec.commandLine().getOut();
        String said = digest == null ? ask(broker, out) : digest;
        BrokerClient.Answer answer = broker.post(
                        "/admin/v1/approvals/" + BrokerClient.encoded(id),
                        Json.mapper().valueToTree(new ApprovalDecision(decision(), said, comment)))
                .orFail();
        out.println(id + " is " + answer.body().path("state").asString(""));
        out.flush();
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
