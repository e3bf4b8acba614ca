package io.errand.cli;

import io.errand.api.Page;
import io.errand.api.ProposalDecision;
import io.errand.api.ProposalView;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand proposals}. */
@Command(
        name = "proposals",
        mixinStandardHelpOptions = true,
        description =
                "List what agents asked for outside their ceilings (widen), which is adopted by changing the agent (errand apply), and"
                        + " what of them they did not need (narrow).",
        subcommands = {ProposalsCommand.Adopt.class, ProposalsCommand.Dismiss.class})
public final class ProposalsCommand extends BrokerCommand {

    @Option(names = "--agent", paramLabel = "NAME", description = "Of this agent alone.")
    private @Nullable String agent;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Those that are open (by default), adopted or dismissed.")
    private String state = "open";

    @Override
    int run() {
        Page<ProposalView> found = broker().get("/admin/v1/proposals?state=" + BrokerClient.encoded(state)
                        + (agent == null ? "" : "&agent=" + BrokerClient.encoded(agent)))
                .page(ProposalView.class);
        table(
                List.of("PROPOSAL", "KIND", "AGENT", "OWNER", "WHAT", "ASKED", "LAST", "FOR"),
                found.items(),
                proposal -> List.of(
                        proposal.id(),
                        proposal.kind(),
                        proposal.agent(),
                        proposal.owner(),
                        proposal.actions().isEmpty()
                                ? proposal.tool()
                                : proposal.tool() + ":" + String.join(",", proposal.actions()),
                        Integer.toString(proposal.asked()),
                        proposal.lastAskedAt().toString(),
                        proposal.purpose()));
        if (found.next() != null) {
            out().println("There are more.");
        }
        return 0;
    }

    /** {@code errand proposals adopt}. */
    @Command(
            name = "adopt",
            mixinStandardHelpOptions = true,
            description = "Narrow the agent as is proposed; who proposed it may not, unless they own the agent.")
    static final class Adopt extends BrokerCommand {

        @Parameters(paramLabel = "ID", description = "The proposal, as `errand proposals` lists it.")
        private String id = "";

        @Option(names = "--comment", paramLabel = "TEXT", description = "Why; it is kept on the log.")
        private @Nullable String comment;

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        @Override
        int run() {
            ProposalView done = broker().post(
                            "/admin/v1/proposals/" + BrokerClient.encoded(id), new ProposalDecision("adopt", comment))
                    .as(ProposalView.class);
            out().println(Table.plain("adopted " + done.id() + ": " + done.agent() + " has " + done.tool() + ":"
                    + String.join(",", done.actions()) + " no more"));
            return 0;
        }
    }

    /** {@code errand proposals dismiss}. */
    @Command(
            name = "dismiss",
            mixinStandardHelpOptions = true,
            description = "Dismiss one; the same is not proposed again for 30 days.")
    static final class Dismiss extends BrokerCommand {

        @Parameters(paramLabel = "ID", description = "The proposal, as `errand proposals` lists it.")
        private String id = "";

        @Option(names = "--comment", paramLabel = "TEXT", description = "Why; it is kept on the log.")
        private @Nullable String comment;

        @Override
        int run() {
            broker().post("/admin/v1/proposals/" + BrokerClient.encoded(id), new ProposalDecision("dismiss", comment))
                    .orFail();
            out().println("dismissed " + id);
            return 0;
        }
    }
}
