package io.errand.cli;

import io.errand.api.UnusedView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand unused}. */
@Command(
        name = "unused",
        mixinStandardHelpOptions = true,
        description = "List agents, tools and policies that nobody used for a time.")
public final class UnusedCommand extends BrokerCommand {

    @Option(
            names = "--since",
            paramLabel = "DURATION",
            description = "How far back is looked, P1D to P90D; by default ${DEFAULT-VALUE}.")
    private Duration since = Duration.ofDays(30);

    @Override
    int run() {
        UnusedView unused = broker().get("/admin/v1/unused?since=" + since).as(UnusedView.class);
        List<List<String>> rows = new ArrayList<>();
        unused.agents()
                .forEach(agent -> rows.add(
                        List.of("agent", agent.agent(), agent.owner(), Objects.toString(agent.lastUsed(), "never"))));
        unused.tools()
                .forEach(tool -> rows.add(
                        List.of("tool", tool.tool(), tool.backend(), Objects.toString(tool.lastUsed(), "never"))));
        unused.policies()
                .forEach(policy -> rows.add(List.of(
                        "policy", policy.id(), policy.effect(), "not in " + unused.decisions() + " decisions")));
        table(List.of("KIND", "NAME", "OF", "LAST USED"), rows, row -> row);
        if (unused.truncated()) {
            out().println("There is more than is listed, or than was looked at.");
        }
        return 0;
    }
}
