package io.errand.cli;

import io.errand.api.AuthorizationDetail;
import io.errand.cli.mcp.ApprovalWait;
import io.errand.cli.mcp.Guard;
import io.errand.cli.mcp.HttpEnds;
import io.errand.cli.mcp.HttpRelay;
import io.errand.cli.mcp.Methods;
import io.errand.cli.mcp.StdioRelay;
import io.errand.cli.mcp.ToolMap;
import io.errand.client.Lease;
import io.errand.client.Task;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand mcp-guard}. */
@Command(
        name = "mcp-guard",
        mixinStandardHelpOptions = true,
        description = {
            "Stand between an MCP client and an MCP server: each tool call is decided by the broker before it reaches the"
                    + " server, tools outside the task are not shown, and outcomes are reported.",
            "The server runs as a task, as with `errand exec`: it has the credentials, the client has not. With --listen, the"
                    + " client speaks streamable HTTP to this port, and the server is --upstream. With --isolate, the server that the"
                    + " guard starts is apart from its user's files, processes and network, and the guard is not.",
            "Without --map and --map-file, each action of --tool is an MCP tool of the same name."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "N:The server's own, 128 + M where signal M ended it.",
            "1:The broker refused, or was not reached; the server was not run.",
            "127:There is no such command."
        })
public final class McpGuardCommand implements Callable<Integer> {

    @Mixin
    private TaskOptions options = new TaskOptions();

    @Option(
            names = "--map",
            paramLabel = "MCP_TOOL=NAME:ACTION",
            description = "Which action of which tool an MCP tool is. May be repeated; what is not named is not shown."
                    + " prompt:NAME, resource:URI, resource:BEGINNING* and method:METHOD stand for a prompt, a resource and"
                    + " a method that is not known here.")
    private List<String> maps = List.of();

    @Option(
            names = "--map-file",
            paramLabel = "FILE",
            description = "The same as YAML or JSON, one `MCP_TOOL: NAME:ACTION` a line.")
    private @Nullable Path mapFile;

    @Option(
            names = "--listen",
            paramLabel = "127.0.0.1:PORT",
            description = "Speak streamable HTTP on this port of the loopback. Whoever reaches it acts as the task.")
    private @Nullable String listen;

    @Option(names = "--upstream", paramLabel = "URL", description = "With --listen: the server's own MCP endpoint.")
    private @Nullable URI upstream;

    @Option(
            names = "--bearer",
            paramLabel = "NAME",
            description =
                    "With --listen: show the server this tool's token (backend jwt) instead of what the client shows.")
    private @Nullable String bearer;

    @Option(
            names = "--toolchain",
            description =
                    "Tell the broker with each call what tools the server has, as the toolchain_sha256 of what the agent is"
                            + " made of; it is named on standard error. Calls before a tools/list that was seen to its end are refused.")
    private boolean toolchain;

    @Option(
            names = "--pass",
            paramLabel = "METHOD",
            split = ",",
            description =
                    "Let this method pass, which is not known here, without a decision. May be repeated; without it,"
                            + " such requests are refused.")
    private Set<String> passed = Set.of();

    @Option(
            names = "--refuse",
            paramLabel = "METHOD",
            split = ",",
            description =
                    "Refuse this one of the methods that pass without a decision, unless what it asks for is mapped:"
                            + " resources/read, resources/subscribe, resources/unsubscribe, prompts/get or completion/complete."
                            + " May be repeated.")
    private Set<String> refused = Set.of();

    @Parameters(arity = "0..*", paramLabel = "-- CMD", description = "The MCP server and its arguments.")
    private List<String> command = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        List<AuthorizationDetail> asked = options.request().access();
        ToolMap tools = McpToolMaps.read(maps, mapFile, asked);
        Consumer<String> note = line -> {
            err.println("errand: " + line);
            err.flush();
        };
        return options.run(
                command, wiring(new Rules(tools, methods(tools), options.approvalWait(), toolchain), asked, note), err);
    }

    private Methods methods(ToolMap tools) {
        try {
            return new Methods(tools, passed, refused);
        } catch (IllegalArgumentException e) {
            throw CommandFailed.usage(String.valueOf(e.getMessage()));
        }
    }

    /** What a guard goes by. */
    private record Rules(ToolMap tools, Methods methods, ApprovalWait waiting, boolean isTelling) {}

    private Wiring wiring(Rules rules, List<AuthorizationDetail> asked, Consumer<String> note) {
        if (listen == null) {
            if (command.isEmpty() || upstream != null || bearer != null) {
                throw CommandFailed.usage(
                        "Give the server's command after --, or --listen and --upstream (and --bearer) for HTTP.");
            }
            return new OverStdio(rules, note);
        }
        if (options.isIsolated()) {
            throw CommandFailed.usage(
                    "--isolate is for a server that the guard starts and speaks to by standard input and output; the one at"
                            + " --upstream runs by itself: isolate it where it is started.");
        }
        if (upstream == null) {
            throw CommandFailed.usage("--listen needs --upstream, the address of the server's MCP endpoint.");
        }
        if (bearer != null
                && asked.stream().noneMatch(detail -> detail.identifier().equals(bearer))) {
            throw CommandFailed.usage("--bearer " + bearer + " names none of the tools of --tool.");
        }
        try {
            return new OverHttp(HttpEnds.of(listen, upstream), rules, bearer, note);
        } catch (IllegalArgumentException e) {
            throw CommandFailed.usage(String.valueOf(e.getMessage()));
        }
    }

    private abstract static class Guarded implements Wiring {

        private final Rules rules;
        final Consumer<String> note;
        private @Nullable Guard guard;

        Guarded(Rules rules, Consumer<String> note) {
            this.rules = rules;
            this.note = note;
        }

        Guard guard(Task task) {
            Guard made = new Guard(task, rules.tools(), rules.methods(), rules.waiting(), rules.isTelling(), note);
            guard = made;
            return made;
        }

        @Override
        public void ended() throws InterruptedException {
            if (guard != null) {
                guard.awaitReports();
            }
        }

        /** SIGTERM is how a client ends a server that has done nothing wrong (MCP, Lifecycle, Shutdown). */
        @Override
        public boolean isWell(int exit) {
            return exit == 0 || exit == 128 + 15;
        }
    }

    private static final class OverStdio extends Guarded {

        private @Nullable StdioRelay relay;

        OverStdio(Rules rules, Consumer<String> note) {
            super(rules, note);
        }

        @Override
        public void prepare(ProcessBuilder server) {
            server.redirectError(Redirect.INHERIT);
        }

        @Override
        public void begun(Task task, List<Lease> leases) {
            // Not System.out: nothing but messages may go there.
            relay = new StdioRelay(guard(task), System.in, new FileOutputStream(FileDescriptor.out), note);
        }

        @Override
        public void started(Process process) {
            if (relay != null) {
                relay.connect(process);
            }
        }

        @Override
        public void ended() throws InterruptedException {
            if (relay != null) {
                relay.drain();
            }
            super.ended();
        }
    }

    private static final class OverHttp extends Guarded {

        private final HttpEnds ends;
        private final @Nullable String bearer;
        private @Nullable HttpRelay relay;

        OverHttp(HttpEnds ends, Rules rules, @Nullable String bearer, Consumer<String> note) {
            super(rules, note);
            this.ends = ends;
            this.bearer = bearer;
        }

        @Override
        public void begun(Task task, List<Lease> leases) {
            Optional<String> token = leases.stream()
                    .filter(lease -> lease.credential().tool().equals(bearer))
                    .map(OverHttp::token)
                    .findFirst();
            try {
                HttpRelay made = new HttpRelay(ends, token, guard(task), note);
                relay = made;
                note.accept("MCP at " + made.url());
            } catch (IOException e) {
                InetSocketAddress listener = ends.listen();
                throw new CommandFailed(
                        "Nothing can listen at " + listener.getHostString() + ":" + listener.getPort() + ": "
                                + e.getMessage() + ".",
                        e);
            }
        }

        private static String token(Lease lease) {
            if (!lease.credential().type().equals("jwt")) {
                throw new CommandFailed(
                        "--bearer " + lease.credential().tool() + " names a tool whose credential is of type "
                                + lease.credential().type() + "; only one of type jwt is a token to show.");
            }
            return lease.value("token");
        }

        @Override
        public void ended() throws InterruptedException {
            if (relay != null) {
                relay.close();
            }
            super.ended();
        }
    }
}
