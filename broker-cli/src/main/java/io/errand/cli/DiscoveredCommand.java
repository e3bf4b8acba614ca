package io.errand.cli;

import io.errand.api.DiscoveredIgnore;
import io.errand.api.DiscoveredRegistration;
import io.errand.api.DiscoveredView;
import io.errand.api.Page;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand discovered}. */
@Command(
        name = "discovered",
        mixinStandardHelpOptions = true,
        description =
                "List what nobody registered: workloads that asked and are no agent's, and logins at targets that the broker"
                        + " did not make.",
        subcommands = {DiscoveredCommand.Register.class, DiscoveredCommand.Ignore.class})
public final class DiscoveredCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/discovered";

    @Option(names = "--kind", paramLabel = "KIND", description = "identity or login; both, if it is not said.")
    private @Nullable String kind;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Those that are new (by default), registered or ignored.")
    private String state = "new";

    @Option(names = "--look", description = "Look at the targets first, as is done each hour.")
    private boolean look;

    @Override
    int run() {
        BrokerClient broker = broker();
        if (look) {
            broker.post(PATH, Map.of()).orFail();
        }
        Page<DiscoveredView> found = broker.get(PATH + "?limit=500&state=" + BrokerClient.encoded(state)
                        + (kind == null ? "" : "&kind=" + BrokerClient.encoded(kind)))
                .page(DiscoveredView.class);
        table(
                List.of("ID", "KIND", "AT", "NAME", "TIMES", "FIRST", "LAST", "LAST USED", "DETAIL"),
                found.items(),
                one -> List.of(
                        one.id(),
                        one.kind(),
                        one.place(),
                        one.name().isEmpty() ? "(others)" : one.name(),
                        Long.toString(one.times()),
                        one.firstAt().toString(),
                        one.lastAt().toString(),
                        Objects.toString(one.lastUsedAt(), "-"),
                        Objects.toString(one.detail(), "-")));
        if (found.next() != null) {
            out().println("There are more.");
        }
        return 0;
    }

    /** {@code errand discovered register}. */
    @Command(
            name = "register",
            mixinStandardHelpOptions = true,
            description = "Make a draft agent of an identity, or say who answers for a login.")
    static final class Register extends BrokerCommand {

        @Parameters(paramLabel = "ID", description = "As `errand discovered` lists it.")
        private String id = "";

        @Option(names = "--owner", required = true, paramLabel = "OWNER", description = "Who answers for it.")
        private String owner = "";

        @Option(names = "--purpose", required = true, paramLabel = "TEXT", description = "What it is for.")
        private String purpose = "";

        @Option(names = "--agent", paramLabel = "NAME", description = "What the agent is to be called; of an identity.")
        private @Nullable String agent;

        @Option(names = "--task-type", paramLabel = "TYPE", description = "What the agent may declare; of an identity.")
        private @Nullable List<String> taskTypes;

        @Override
        int run() {
            DiscoveredView done = broker().post(
                            PATH + "/" + BrokerClient.encoded(id) + "/register",
                            new DiscoveredRegistration(agent, owner, purpose, taskTypes))
                    .as(DiscoveredView.class);
            out().println(Table.plain("registered " + done.name() + " of " + done.place()
                    + (agent == null
                            ? ""
                            : ": the agent " + agent + " is a draft, `errand agents activate` lets it begin")));
            return 0;
        }
    }

    /** {@code errand discovered ignore}. */
    @Command(
            name = "ignore",
            mixinStandardHelpOptions = true,
            description = "Leave one out of the list of what is new.")
    static final class Ignore extends BrokerCommand {

        @Parameters(paramLabel = "ID", description = "As `errand discovered` lists it.")
        private String id = "";

        @Option(names = "--comment", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
        private String comment = "";

        @Override
        int run() {
            broker().post(PATH + "/" + BrokerClient.encoded(id) + "/ignore", new DiscoveredIgnore(comment))
                    .orFail();
            out().println("ignored " + id);
            return 0;
        }
    }
}
