package io.errand.cli;

import io.errand.client.TaskRequest;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand exec}. */
@Command(
        name = "exec",
        mixinStandardHelpOptions = true,
        description = {
            "Run a command as a task: it gets the credentials, and they end when it does.",
            "Each member of a tool's credential is a variable ERRAND_<TOOL>_<MEMBER>, for example"
                    + " ERRAND_ORDERS_DB_PASSWORD; with --file, ERRAND_<TOOL>_FILE names a private file with all of them as"
                    + " JSON; with --fd, all credentials are one JSON object with a member for each tool, to be read once"
                    + " from the descriptor that ERRAND_CREDENTIALS_FD names. ERRAND_TASK_ID is there too, the workload's own token is not.",
            "The task is completed when the command ends, and its exit code is the command's. If this process is killed, the"
                    + " task ends at its --ttl."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "N:The command's own, 128 + M where signal M ended it.",
            "1:The broker refused, or was not reached; the command was not run.",
            "126:The command is not what it was when the task began (--toolchain-of-command), or cannot be run.",
            "127:There is no such command."
        })
public final class ExecCommand implements Callable<Integer> {

    @Mixin
    private TaskOptions options = new TaskOptions();

    @Mixin
    private MadeOf madeOf = new MadeOf();

    @Parameters(arity = "1..*", paramLabel = "-- CMD", description = "The command and its arguments.")
    private List<String> command = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        Optional<MadeOf.Known> known = madeOf.known(command, line -> {
            err.println("errand: " + line);
            err.flush();
        });
        TaskRequest request = options.request();
        return options.run(
                known.map(MadeOf.Known::command).orElse(command),
                known.map(made -> made.in(request)).orElse(request),
                Wiring.TERMINAL,
                err);
    }
}
