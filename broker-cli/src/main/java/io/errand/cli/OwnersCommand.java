package io.errand.cli;

import io.errand.api.DepartedOwner;
import io.errand.api.OwnerDeparture;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand owners}. */
@Command(
        name = "owners",
        mixinStandardHelpOptions = true,
        description =
                "List the owners who are gone and the agents that nobody answers for; say that one is gone, or back.",
        subcommands = {OwnersCommand.Departed.class, OwnersCommand.Returned.class, OwnersLimitsCommand.class})
public final class OwnersCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/owners/";

    @Override
    int run() {
        table(
                List.of("OWNER", "GONE SINCE", "BY", "AGENTS", "REASON"),
                AgentsCommand.pages(broker(), PATH + "departed", DepartedOwner.class),
                gone -> List.of(
                        gone.owner(),
                        gone.at().toString(),
                        gone.who(),
                        gone.agents().isEmpty() ? "-" : String.join(",", gone.agents()),
                        gone.reason()));
        return 0;
    }

    /** What both have in common. */
    abstract static class Act extends BrokerCommand {

        @Parameters(paramLabel = "OWNER", description = "As agents name them.")
        private String owner = "";

        @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
        private String reason = "";

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        int post(String what, String state, String mayDo) {
            DepartedOwner done = broker().post(PATH + what, new OwnerDeparture(owner, reason))
                    .as(DepartedOwner.class);
            out().println(Table.plain(done.owner() + " is " + state + "; "
                    + (done.agents().isEmpty() ? "no agent is theirs" : mayDo + ": " + String.join(",", done.agents()))
                    + "."));
            return 0;
        }
    }

    /** {@code errand owners departed}. */
    @Command(
            name = "departed",
            mixinStandardHelpOptions = true,
            description = "Say that an owner is gone: their agents finish what runs and begin nothing.")
    static final class Departed extends Act {

        @Override
        int run() {
            return post(
                    "departed",
                    "gone",
                    "these finish what runs and begin nothing until `errand agents transfer` names another owner");
        }
    }

    /** {@code errand owners returned}. */
    @Command(
            name = "returned",
            mixinStandardHelpOptions = true,
            description = "Say that an owner is back: their agents go on.")
    static final class Returned extends Act {

        @Override
        int run() {
            return post("returned", "back", "these may begin tasks again");
        }
    }
}
