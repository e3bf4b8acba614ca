package io.errand.cli;

import io.errand.api.LeaseView;
import io.errand.api.Page;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand leases}. */
@Command(
        name = "leases",
        mixinStandardHelpOptions = true,
        description = "List leases, newest first.",
        subcommands = {LeasesReconcileCommand.class})
public final class LeasesCommand extends BrokerCommand {

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

    @Override
    int run() {
        Page<LeaseView> found = broker().get("/admin/v1/leases?limit=" + limit + filter("agent", agent)
                        + filter("task", task) + filter("tool", tool) + filter("state", state))
                .page(LeaseView.class);
        table(
                List.of("LEASE", "AGENT", "TOOL", "ACTIONS", "STATE", "EXPIRES"),
                found.items(),
                lease -> List.of(
                        lease.id(),
                        lease.agent(),
                        lease.tool(),
                        String.join(",", lease.actions()),
                        lease.irrevocable() ? "irrevocable" : lease.state(),
                        lease.expiresAt().toString()));
        found.items().forEach(lease -> explain(lease, out()));
        if (found.next() != null) {
            out().println("There are more; narrow the search or raise --limit.");
        }
        return 0;
    }

    /** Why it is not gone yet, or what is left of it: a line each, below the table. */
    private static void explain(LeaseView lease, PrintWriter out) {
        if (lease.lastError() != null) {
            out.println(lease.id() + ": " + Table.plain(lease.lastError()));
        }
        LeaseView.Disabled disabled = lease.disabled();
        if (disabled != null) {
            Instant resolved = disabled.resolvedAt();
            out.println(lease.id()
                    + (resolved == null
                            ? " is disabled, and still at its target: "
                            : " was disabled until " + resolved + ": ")
                    + Table.plain(disabled.cause()));
            if (resolved == null) {
                out.println("  run there: " + Table.plain(disabled.remedy()));
            }
        }
    }

    private static String filter(String name, @Nullable String value) {
        return value == null ? "" : "&" + name + "=" + BrokerClient.encoded(value);
    }
}
