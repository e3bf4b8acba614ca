package io.errand.cli;

import io.errand.api.AgentResource.ToolGrant;
import io.errand.api.RightsizingRequest;
import io.errand.api.RightsizingView;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand agents rightsize}. */
@Command(
        name = "rightsize",
        mixinStandardHelpOptions = true,
        description =
                "Show the smallest ceiling that would have sufficed, and what would have failed under it; with --apply,"
                        + " propose it (errand proposals). Exits 0 if nothing would have failed, 1 if something would.")
final class AgentsRightsizeCommand extends BrokerCommand {

    @Parameters(paramLabel = "NAME", description = "The agent.")
    private String name = "";

    @Option(
            names = "--since",
            paramLabel = "DURATION",
            description = "How far back is looked, P1D to P90D; by default ${DEFAULT-VALUE}.")
    private Duration since = Duration.ofDays(30);

    @Option(
            names = "--basis",
            paramLabel = "BASIS",
            description =
                    "granted: what was granted stays; used: of tools whose use is told, what was used stays; by default"
                            + " ${DEFAULT-VALUE}.")
    private String basis = "granted";

    @Option(
            names = "--without",
            paramLabel = "TOOL[:ACTION]",
            description = "Take this away too, to see what would have failed; not with --apply.")
    private List<String> without = List.of();

    @Option(names = "--apply", description = "Propose it; somebody else adopts it, or the agent's owner.")
    private boolean apply;

    @Mixin
    private Person person = new Person();

    @Override
    BrokerClient broker(Connection to) {
        return person.at(to, List.of());
    }

    @Override
    int run() {
        if (apply && !without.isEmpty()) {
            throw new CommandFailed("--without is for looking; what is proposed is what was not needed.");
        }
        String path = "/admin/v1/agents/" + BrokerClient.encoded(name) + "/rightsizing";
        RightsizingView size = (apply
                        ? broker().post(path, new RightsizingRequest(since, basis))
                        : broker().get(path + "?since=" + since + "&basis=" + BrokerClient.encoded(basis) + more()))
                .as(RightsizingView.class);
        size.before().forEach(grant -> line(" ", rest(grant, size.removed())));
        size.removed().forEach(grant -> line("-", grant));
        out().println(size.replayed() + " grants since " + size.since() + " were looked at again; "
                + size.failing().size() + " would have failed.");
        size.failing()
                .forEach(failure -> out().println(Table.plain("would have failed: decision " + failure.decision()
                        + " at " + failure.at() + ", " + failure.reason()
                        + failure.missing().stream()
                                .map(missing -> " " + said(missing))
                                .collect(Collectors.joining()))));
        size.failingUses()
                .forEach(use -> out().println(Table.plain(
                        "would have failed: " + use.times() + " uses of " + use.tool() + ":" + use.action())));
        if (size.truncated()) {
            out().println("There is more than was looked at; the newest was.");
        }
        if (apply) {
            out().println(
                            size.proposals().isEmpty()
                                    ? "Nothing was proposed: nothing is to be removed, or it was dismissed less than 30 days ago."
                                    : "Proposed: " + String.join(" ", size.proposals())
                                            + "; `errand proposals adopt` narrows the agent.");
        }
        return size.failing().isEmpty() && size.failingUses().isEmpty() ? 0 : 1;
    }

    private String more() {
        return without.isEmpty() ? "" : "&without=" + BrokerClient.encoded(String.join(",", without));
    }

    private void line(String sign, ToolGrant grant) {
        if (!grant.actions().isEmpty()) {
            out().println(Table.plain(sign + " " + said(grant)));
        }
    }

    private static ToolGrant rest(ToolGrant grant, List<ToolGrant> removed) {
        return new ToolGrant(
                grant.tool(),
                grant.actions().stream()
                        .filter(action -> removed.stream()
                                .noneMatch(gone -> gone.tool().equals(grant.tool())
                                        && gone.actions().contains(action)))
                        .toList());
    }

    private static String said(ToolGrant grant) {
        return grant.tool() + ":" + String.join(",", grant.actions());
    }
}
