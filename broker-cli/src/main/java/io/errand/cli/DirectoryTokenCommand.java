package io.errand.cli;

import io.errand.api.DirectoryTokenRequest;
import io.errand.api.DirectoryTokenView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand directory token}. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "List the bearers by which a directory pushes users and groups to /scim/v2; make or revoke one.",
        subcommands = {
            DirectoryTokenCommand.Create.class,
            DirectoryTokenCommand.Listed.class,
            DirectoryTokenCommand.Revoke.class
        })
final class DirectoryTokenCommand extends BrokerCommand {

    private static final String PATH = DirectoryCommand.PATH + "tokens";

    private static void list(BrokerCommand command) {
        command.table(
                List.of("BEARER", "STATE", "NOTE", "MADE BY", "EXPIRES"),
                AgentsCommand.pages(command.broker(), PATH, DirectoryTokenView.class),
                one -> List.of(
                        one.id(),
                        one.state(),
                        one.note(),
                        one.createdBy(),
                        one.expiresAt().toString()));
    }

    @Override
    int run() {
        list(this);
        return 0;
    }

    /** {@code errand directory token create}. */
    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Make a bearer; it is printed once, alone on standard output.")
    static final class Create extends BrokerCommand {

        @Parameters(paramLabel = "NOTE", description = "Whose it is, for example the directory's name.")
        private String note = "";

        @Option(
                names = "--ttl",
                paramLabel = "DURATION",
                description = "How long it is good, PT1M to P365D; without it P90D.")
        private @Nullable Duration ttl;

        @Override
        int run() {
            DirectoryTokenView made =
                    broker().post(PATH, new DirectoryTokenRequest(note, ttl)).as(DirectoryTokenView.class);
            err().println(Table.plain(made.id() + " is good until " + made.expiresAt() + "; it is not shown again."));
            err().flush();
            out().println(made.token());
            return 0;
        }
    }

    /** {@code errand directory token list}. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "List the bearers, newest first.")
    static final class Listed extends BrokerCommand {

        @Override
        int run() {
            list(this);
            return 0;
        }
    }

    /** {@code errand directory token revoke}. */
    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            description = "End a bearer; who shows it is refused at once.")
    static final class Revoke extends BrokerCommand {

        @Parameters(paramLabel = "ID", description = "As `errand directory token list` lists it.")
        private String id = "";

        @Override
        int run() {
            DirectoryTokenView done = broker().post(PATH + "/" + BrokerClient.encoded(id) + "/revoke", Map.of())
                    .as(DirectoryTokenView.class);
            out().println(Table.plain(done.id() + " is " + done.state() + "."));
            return 0;
        }
    }
}
