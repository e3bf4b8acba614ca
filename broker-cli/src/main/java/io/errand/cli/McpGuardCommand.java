package io.errand.cli;

import io.errand.api.AuthorizationDetail;
import io.errand.cli.mcp.Guard;
import io.errand.cli.mcp.HttpEnds;
import io.errand.cli.mcp.HttpRelay;
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
                    + " client speaks streamable HTTP to this port, and the server is --upstream.",
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
            description = "Which action of which tool an MCP tool is. May be repeated; what is not named is not shown.")
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
        return options.run(command, wiring(tools, asked, note), err);
    }

    private Wiring wiring(ToolMap tools, List<AuthorizationDetail> asked, Consumer<String> note) {
        if (listen == null) {
            if (command.isEmpty() || upstream != null || bearer != null) {
                throw new CommandFailed(
                        "Give the server's command after --, or --listen and --upstream (and --bearer) for HTTP.");
            }
            return new OverStdio(tools, note);
        }
        if (upstream == null) {
            throw new CommandFailed("--listen needs --upstream, the address of the server's MCP endpoint.");
        }
        if (bearer != null
                && asked.stream().noneMatch(detail -> detail.identifier().equals(bearer))) {
            throw new CommandFailed("--bearer " + bearer + " names none of the tools of --tool.");
        }
        try {
            return new OverHttp(HttpEnds.of(listen, upstream), tools, bearer, note);
        } catch (IllegalArgumentException e) {
            throw new CommandFailed(String.valueOf(e.getMessage()), e);
        }
    }

    private abstract static class Guarded implements Wiring {

        final ToolMap tools;
        final Consumer<String> note;
        private @Nullable Guard guard;

        Guarded(ToolMap tools, Consumer<String> note) {
            this.tools = tools;
            this.note = note;
        }

        Guard guard(Task task) {
            Guard made = new Guard(task, tools, note);
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

        OverStdio(ToolMap tools, Consumer<String> note) {
            super(tools, note);
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

        OverHttp(HttpEnds ends, ToolMap tools, @Nullable String bearer, Consumer<String> note) {
            super(tools, note);
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
