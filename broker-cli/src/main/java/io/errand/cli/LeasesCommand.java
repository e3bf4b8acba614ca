package io.errand.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand leases}. */
@Command(
        name = "leases",
        mixinStandardHelpOptions = true,
        description = "List leases, newest first.",
        subcommands = {LeasesReconcileCommand.class})
public final class LeasesCommand implements Callable<Integer> {

    @Option(names = "--agent", paramLabel = "NAME", description = "Those of an agent.")
    private @Nullable String agent;

    @Option(names = "--task", paramLabel = "ID", description = "Those of a task.")
    private @Nullable String task;

    @Option(names = "--tool", paramLabel = "NAME", description = "Those on a tool.")
    private @Nullable String tool;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Those that are pending, active, revoking or revoked.")
    private @Nullable String state;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many (1 to 500, by default 100).")
    private int limit = 100;

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection
                .broker()
                .get("/admin/v1/leases?limit=" + limit + filter("agent", agent) + filter("task", task)
                        + filter("tool", tool) + filter("state", state))
                .orFail();
        PrintWriter out = spec.commandLine().getOut();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode lease : answer.body().path("items")) {
            rows.add(List.of(
                    lease.path("id").asString(""),
                    lease.path("agent").asString(""),
                    lease.path("tool").asString(""),
                    Table.joined(lease.path("actions")),
                    lease.path("irrevocable").asBoolean(false)
                            ? "irrevocable"
                            : lease.path("state").asString(""),
                    lease.path("expires_at").asString("")));
        }
        new Table(List.of("LEASE", "AGENT", "TOOL", "ACTIONS", "STATE", "EXPIRES")).print(rows, out);
        for (JsonNode lease : answer.body().path("items")) {
            explain(lease, out);
        }
        if (!answer.body().path("next").asString("").isEmpty()) {
            out.println("There are more; narrow the search or raise --limit.");
        }
        out.flush();
        return 0;
    }

    /** Why it is not gone yet, or what is left of it: a line each, below the table. */
    private static void explain(JsonNode lease, PrintWriter out) {
        String id = lease.path("id").asString("");
        String error = lease.path("last_error").asString("");
        if (!error.isEmpty()) {
            out.println(id + ": " + Table.plain(error));
        }
        JsonNode disabled = lease.path("disabled");
        if (!disabled.isMissingNode()) {
            String resolved = disabled.path("resolved_at").asString("");
            out.println(id
                    + (resolved.isEmpty()
                            ? " is disabled, and still at its target: "
                            : " was disabled until " + resolved + ": ")
                    + Table.plain(disabled.path("cause").asString("")));
            if (resolved.isEmpty()) {
                out.println(
                        "  run there: " + Table.plain(disabled.path("remedy").asString("")));
            }
        }
    }

    private static String filter(String name, @Nullable String value) {
        return value == null ? "" : "&" + name + "=" + BrokerClient.encoded(value);
    }
}
