package io.errand.cli;

import io.errand.cli.mcp.ApprovalWait;
import io.errand.client.Errand;
import io.errand.client.ErrandException;
import io.errand.client.Patience;
import io.errand.client.Refusal;
import io.errand.client.Refused;
import io.errand.client.TaskRequest;
import io.errand.client.Waiting;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What task a command runs as, who it is, and where the broker is: a mixin for commands that begin one. */
final class TaskOptions {

    @Option(names = "--task", required = true, paramLabel = "TYPE", description = "One of the agent's task types.")
    private String type = "";

    @Option(names = "--purpose", paramLabel = "TEXT", description = "Why; without it, the agent's own purpose.")
    private @Nullable String purpose;

    @Option(
            names = "--ttl",
            paramLabel = "DURATION",
            description = "How long at most, such as PT10M; without it, as long as the agent may.")
    private @Nullable Duration ttl;

    @Option(
            names = "--context",
            paramLabel = "NAME=VALUE",
            description =
                    "A member of the task's context, which policies may read: a number, true, false or text. May be repeated.")
    private List<String> context = List.of();

    @Option(
            names = "--wait-for-approval",
            arity = "0..1",
            fallbackValue = "PT1H",
            paramLabel = "DURATION",
            description =
                    "Where policy wants a person's approval, ask for it and wait so long (default where no DURATION is"
                            + " given: ${FALLBACK-VALUE}). Without it, that is a refusal.")
    private @Nullable Duration approvalWait;

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

    @Mixin
    private AgentsBroker broker = new AgentsBroker();

    /** Begins the task, runs the command, and ends the task with it. */
    int run(List<String> command, Wiring wiring, PrintWriter err) throws InterruptedException {
        return run(command, request(), wiring, err);
    }

    /** The same of a task about which more is said. */
    int run(List<String> command, TaskRequest request, Wiring wiring, PrintWriter err) throws InterruptedException {
        URI url = broker.address();
        try (Errand errand = errand(url)) {
            return new TaskProcess(command, handover(), isolation, wiring, err).run(errand, request, waiting(err));
        } catch (Refused e) {
            boolean isInvalid = e.refusal() instanceof Refusal.Invalid;
            throw new CommandFailed(e.sentence() + (isInvalid ? identity.hint() : ""), e);
        } catch (ErrandException e) {
            throw new CommandFailed(
                    e.getCause() instanceof SSLHandshakeException untrusted
                            ? Authorities.refusal(url.toString(), untrusted)
                            : String.valueOf(e.getMessage()),
                    e);
        }
    }

    private Errand errand(URI url) {
        SSLContext tls = broker.tls();
        return tls == null ? Errand.at(url, identity.token()) : Errand.at(url, identity.token(), Patience.USUAL, tls);
    }

    private Handover handover() {
        if (asFiles && asPipe) {
            throw CommandFailed.usage("Give --file or --fd, not both.");
        }
        return asFiles ? new CredentialFiles() : asPipe ? new CredentialPipe() : new Handover.ByEnvironment();
    }

    private Optional<Waiting> waiting(PrintWriter err) {
        return Optional.ofNullable(approvalWait)
                .map(longest -> new Waiting(longest, approval -> {
                    err.println("errand: waiting for an approval until " + approval.expiresAt() + " at the latest: "
                            + approval.url() + " (" + approval.digest() + ")");
                    err.flush();
                }));
    }

    /** Whether the command has a network, files and processes of its own. */
    boolean isIsolated() {
        return isolation.isWanted();
    }

    /** For calls of a task that runs. */
    ApprovalWait approvalWait() {
        return new ApprovalWait(approvalWait == null ? Duration.ZERO : approvalWait);
    }

    private Map<String, Object> context() {
        Map<String, Object> members = new LinkedHashMap<>();
        for (String one : context) {
            int equals = one.indexOf('=');
            if (equals < 1) {
                throw CommandFailed.usage("--context is NAME=VALUE, for example ticket=OPS-1, not " + one + ".");
            }
            if (members.put(one.substring(0, equals), value(one.substring(equals + 1))) != null) {
                throw CommandFailed.usage("--context " + one.substring(0, equals) + " is there twice.");
            }
        }
        return members;
    }

    /** Cedar tells numbers and truth values from text. */
    private static Object value(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> text.matches("-?(0|[1-9][0-9]{0,17})") ? Long.valueOf(text) : text;
        };
    }

    TaskRequest request() {
        TaskRequest request = TaskRequest.of(type);
        if (purpose != null) {
            request = request.purpose(purpose);
        }
        if (ttl != null) {
            request = request.ttl(ttl);
        }
        Map<String, Object> members = context();
        if (!members.isEmpty()) {
            request = request.context(members);
        }
        Map<String, String> seen = new LinkedHashMap<>();
        for (String tool : tools) {
            int colon = tool.indexOf(':');
            if (colon < 1 || colon == tool.length() - 1) {
                throw CommandFailed.usage(
                        "--tool is NAME:ACTION[,ACTION], for example orders-db:read, not " + tool + ".");
            }
            String name = tool.substring(0, colon);
            String other = seen.put(CredentialNames.variable(name, ""), name);
            if (other != null) {
                throw CommandFailed.usage("--tool " + other + " and --tool " + name
                        + " would have the same variables; give each tool once, with all its actions.");
            }
            request = request.allow(name, tool.substring(colon + 1).split(",", -1));
        }
        return request;
    }
}
