package io.errand.cli;

import io.errand.api.DirectoryChangeView;
import io.errand.api.DirectoryDecision;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code errand directory}. */
@Command(
        name = "directory",
        mixinStandardHelpOptions = true,
        description =
                "List the directory's changes that wait for an administrator; decide them; make bearers for SCIM.",
        subcommands = {
            DirectoryCommand.Pending.class,
            DirectoryCommand.Approve.class,
            DirectoryCommand.Reject.class,
            DirectoryTokenCommand.class
        })
public final class DirectoryCommand extends BrokerCommand {

    static final String PATH = "/admin/v1/directory/";

    private static void waiting(BrokerCommand command) {
        command.table(
                List.of("CHANGE", "WHAT", "NAME", "OWNERS WHO WOULD BE GONE", "ASKED", "BY"),
                AgentsCommand.pages(command.broker(), PATH + "changes", DirectoryChangeView.class).stream()
                        .filter(change -> change.state().equals("pending"))
                        .toList(),
                change -> List.of(
                        change.id(),
                        change.change() + " " + change.kind(),
                        change.name(),
                        String.join(",", change.owners()),
                        change.askedAt().toString(),
                        change.askedBy()));
    }

    @Override
    int run() {
        waiting(this);
        return 0;
    }

    /** {@code errand directory pending}. */
    @Command(
            name = "pending",
            mixinStandardHelpOptions = true,
            description = "List the directory's changes that wait for an administrator.")
    static final class Pending extends BrokerCommand {

        @Override
        int run() {
            waiting(this);
            return 0;
        }
    }

    /** What the decisions have in common. */
    abstract static class Act extends BrokerCommand {

        @Parameters(paramLabel = "ID", arity = "1..*", description = "As `errand directory` lists it; or several.")
        private List<String> ids = List.of();

        @Mixin
        private Reason reason = new Reason();

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        /** @param what in the address */
        int decide(String what) {
            BrokerClient broker = broker();
            for (String id : ids) {
                DirectoryChangeView done = broker.post(
                                PATH + "changes/" + BrokerClient.encoded(id) + "/" + what,
                                new DirectoryDecision(reason.text()))
                        .as(DirectoryChangeView.class);
                out().println(Table.plain(said(done)));
            }
            return 0;
        }

        /** What has been done, in a sentence. */
        abstract String said(DirectoryChangeView done);
    }

    /** {@code errand directory approve}. */
    @Command(
            name = "approve",
            mixinStandardHelpOptions = true,
            description = "Have a change done; the owners that it names are gone, and their agents begin nothing.")
    static final class Approve extends Act {

        @Override
        int run() {
            return decide("approve");
        }

        @Override
        String said(DirectoryChangeView done) {
            return done.id() + " is done; gone: " + String.join(",", done.owners())
                    + ". Their agents finish what runs and begin nothing until `errand agents transfer` names another owner.";
        }
    }

    /** {@code errand directory reject}. */
    @Command(
            name = "reject",
            mixinStandardHelpOptions = true,
            description = "Leave everything as it is; mend the directory, or it asks again.")
    static final class Reject extends Act {

        @Override
        int run() {
            return decide("reject");
        }

        @Override
        String said(DirectoryChangeView done) {
            return done.id() + " is rejected; nothing was changed. The directory asks again unless it is mended there.";
        }
    }
}
