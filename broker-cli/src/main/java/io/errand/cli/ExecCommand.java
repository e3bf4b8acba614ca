package io.errand.cli;

import io.errand.client.Errand;
import io.errand.client.ErrandException;
import io.errand.client.TaskRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
                    + " JSON. ERRAND_TASK_ID is there too, the workload's own token is not.",
            "The task is completed when the command ends, and its exit code is the command's. If this process is killed, the"
                    + " task ends at its --ttl."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "The command's own, 128 + N where signal N ended it.",
            "1:The broker refused, or was not reached; the command was not run.",
            "127:There is no such command."
        })
public final class ExecCommand implements Callable<Integer> {

    @Option(names = "--task", required = true, paramLabel = "TYPE", description = "One of the agent's task types.")
    private String type = "";

    @Option(names = "--purpose", paramLabel = "TEXT", description = "Why; without it, the agent's own purpose.")
    private @Nullable String purpose;

    @Option(names = "--ttl", description = "How long at most, such as PT10M; without it, as long as the agent may.")
    private @Nullable Duration ttl;

    @Option(
            names = "--tool",
            paramLabel = "NAME:ACTION[,ACTION]",
            description = "What the command may do. May be repeated, once for each tool.")
    private List<String> tools = List.of();

    @Option(names = "--file", description = "Credentials in private files instead of the environment.")
    private boolean asFiles;

    @Mixin
    private WorkloadIdentity identity = new WorkloadIdentity();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory of a local `errand serve`. Without it: ERRAND_URL, else .errand.")
    private @Nullable Path data;

    @Parameters(arity = "1..*", paramLabel = "-- CMD", description = "The command and its arguments.")
    private List<String> command = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        TaskRequest request = request();
        try (Errand errand = Errand.at(Connection.address(data), identity.token())) {
            return new TaskProcess(command, asFiles, spec.commandLine().getErr()).run(errand, request);
        } catch (ErrandException e) {
            throw new CommandFailed(String.valueOf(e.getMessage()), e);
        }
    }

    private TaskRequest request() {
        TaskRequest request = TaskRequest.of(type);
        if (purpose != null) {
            request = request.purpose(purpose);
        }
        if (ttl != null) {
            request = request.ttl(ttl);
        }
        Map<String, String> seen = new LinkedHashMap<>();
        for (String tool : tools) {
            int colon = tool.indexOf(':');
            if (colon < 1 || colon == tool.length() - 1) {
                throw new CommandFailed(
                        "--tool is NAME:ACTION[,ACTION], for example orders-db:read, not " + tool + ".");
            }
            String name = tool.substring(0, colon);
            String other = seen.put(CredentialNames.variable(name, ""), name);
            if (other != null) {
                throw new CommandFailed("--tool " + other + " and --tool " + name
                        + " would have the same variables; give each tool once, with all its actions.");
            }
            request = request.allow(name, tool.substring(colon + 1).split(",", -1));
        }
        return request;
    }
}
