package io.errand.cli;

import io.errand.api.AgentResource.ToolGrant;
import io.errand.api.OwnerLimits;
import io.errand.api.OwnerLimitsView;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand owners limits}. */
@Command(
        name = "limits",
        mixinStandardHelpOptions = true,
        description = "List what all agents of an owner may have; with OWNER, set it, or without options take it away.")
final class OwnersLimitsCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/owners/limits";

    @Parameters(paramLabel = "OWNER", arity = "0..1", description = "As agents name them.")
    private @Nullable String owner;

    @Option(names = "--max-agents", paramLabel = "NUMBER", description = "Agents that are not retired.")
    private @Nullable Integer maxAgents;

    @Option(
            names = "--max-live-leases",
            paramLabel = "NUMBER",
            description = "What max_live_leases of their agents may be in sum.")
    private @Nullable Integer maxLiveLeases;

    @Option(
            names = "--tool",
            paramLabel = "TOOL:ACTION[,ACTION]",
            description = "What no ceiling of their agents goes beyond; once for each tool.")
    private @Nullable List<String> tools;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; it is kept on the log. Required with OWNER.")
    private @Nullable String reason;

    @Override
    int run() {
        if (owner == null) {
            list(AgentsCommand.pages(broker(), PATH, OwnerLimitsView.class));
            return 0;
        }
        if (reason == null) {
            throw new CommandFailed("Say why, with --reason.");
        }
        OwnerLimitsView set = broker().post(PATH, new OwnerLimits(owner, maxAgents, maxLiveLeases, grants(), reason))
                .as(OwnerLimitsView.class);
        list(List.of(set));
        return 0;
    }

    private void list(List<OwnerLimitsView> limits) {
        table(
                List.of("OWNER", "AGENTS", "OF", "LIVE LEASES", "OF", "CEILING"),
                limits,
                one -> List.of(
                        one.owner(),
                        Integer.toString(one.agents()),
                        Objects.toString(one.maxAgents(), "any"),
                        Long.toString(one.liveLeases()),
                        Objects.toString(one.maxLiveLeases(), "any"),
                        one.tools() == null
                                ? "any"
                                : one.tools().stream()
                                        .map(grant -> grant.tool() + ":" + String.join(",", grant.actions()))
                                        .collect(Collectors.joining(" "))));
    }

    private @Nullable List<ToolGrant> grants() {
        if (tools == null) {
            return null;
        }
        List<ToolGrant> grants = new ArrayList<>();
        for (String tool : tools) {
            int colon = tool.indexOf(':');
            if (colon < 1 || colon == tool.length() - 1) {
                throw new CommandFailed("--tool is TOOL:ACTION, with more actions after commas.");
            }
            grants.add(new ToolGrant(
                    tool.substring(0, colon), List.of(tool.substring(colon + 1).split(","))));
        }
        return grants;
    }
}
