package io.errand.cli;

import io.errand.client.Errand;
import io.errand.client.ErrandException;
import io.errand.client.Refusal;
import io.errand.client.Refused;
import io.errand.client.TaskRequest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What task a command runs as, who it is, and where the broker is: a mixin for commands that begin one. */
final class TaskOptions {

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

    @Option(
            names = "--fd",
            description =
                    "Credentials as one JSON object on file descriptor 3, to be read once, instead of the environment.")
    private boolean asPipe;

    @Mixin
    private Isolation isolation = new Isolation();

    @Mixin
    private WorkloadIdentity identity = new WorkloadIdentity();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory of a local `errand serve`. Without it: ERRAND_URL, else .errand.")
    private @Nullable Path data;

    /** Begins the task, runs the command, and ends the task with it. */
    int run(List<String> command, Wiring wiring, PrintWriter err) throws InterruptedException {
        TaskRequest request = request();
        try (Errand errand = Errand.at(Connection.address(data), identity.token())) {
            return new TaskProcess(command, handover(), isolation, wiring, err).run(errand, request);
        } catch (ErrandException e) {
            boolean isInvalid = e instanceof Refused refused && refused.refusal() instanceof Refusal.Invalid;
            throw new CommandFailed(e.getMessage() + (isInvalid ? identity.hint() : ""), e);
        }
    }

    private Handover handover() {
        if (asFiles && asPipe) {
            throw new CommandFailed("Give --file or --fd, not both.");
        }
        return asFiles ? new CredentialFiles() : asPipe ? new CredentialPipe() : new Handover.ByEnvironment();
    }

    TaskRequest request() {
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
