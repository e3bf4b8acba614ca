package io.errand.cli;

import io.errand.api.RiskRequest;
import io.errand.api.RiskView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand risk}. */
@Command(
        name = "risk",
        mixinStandardHelpOptions = true,
        description = "List what raises the risk of agents and sessions for a time; raise it, or clear a signal.",
        subcommands = {RiskCommand.Listed.class, RiskCommand.Raise.class, RiskCommand.Clear.class})
public final class RiskCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/risk";

    @Override
    int run() {
        show(this);
        return 0;
    }

    private static void show(BrokerCommand command) {
        command.table(
                List.of("SIGNAL", "SCOPE", "POINTS", "BY", "UNTIL", "REASON"),
                AgentsCommand.pages(command.broker(), PATH, RiskView.class),
                signal -> List.of(
                        signal.id(),
                        scope(signal),
                        Integer.toString(signal.points()),
                        signal.who(),
                        signal.until().toString(),
                        signal.reason()));
    }

    private static String scope(RiskView signal) {
        return signal.scope().entrySet().stream()
                .map(member -> member.getKey() + " " + member.getValue())
                .collect(Collectors.joining(", "));
    }

    /** {@code errand risk list}. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "List the signals that stand, newest first.")
    static final class Listed extends BrokerCommand {

        @Override
        int run() {
            show(this);
            return 0;
        }
    }

    /** {@code errand risk raise}. */
    @Command(
            name = "raise",
            mixinStandardHelpOptions = true,
            description = "Raise the risk of an agent or a session for a time; its live leases are decided again.")
    static final class Raise extends BrokerCommand {

        @ArgGroup(multiplicity = "1")
        @SuppressWarnings("NullAway.Init") // set by picocli before call
        private Scope scope;

        @Option(
                names = "--points",
                required = true,
                paramLabel = "N",
                description = "1 to 100, on top of what a request is held to be worth without it.")
        private int points;

        @Option(names = "--for", required = true, paramLabel = "DURATION", description = "How long, for example PT1H.")
        private Duration ttl = Duration.ZERO;

        @Mixin
        private Reason reason = new Reason();

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        /** Exactly one. */
        static final class Scope {

            @Option(names = "--agent", paramLabel = "NAME", description = "An agent, and what it handed on.")
            private @Nullable String agent;

            @Option(names = "--task-tree", paramLabel = "ID", description = "A session: the tree that this task is in.")
            private @Nullable String taskTree;

            Map<String, Object> json() {
                return agent == null ? Map.of("task_tree", String.valueOf(taskTree)) : Map.of("agent", agent);
            }
        }

        @Override
        int run() {
            RiskView raised = broker().post(PATH, new RiskRequest(scope.json(), points, reason.text(), ttl))
                    .as(RiskView.class);
            out().println(Table.plain(raised.id() + " raises the risk of " + scope(raised) + " by " + raised.points()
                    + " until " + raised.until() + "; its live leases are decided again."));
            return 0;
        }
    }

    /** {@code errand risk clear}. */
    @Command(
            name = "clear",
            mixinStandardHelpOptions = true,
            description = "Clear a signal before its time. What was revoked stays revoked.")
    static final class Clear extends BrokerCommand {

        @Parameters(paramLabel = "ID", description = "As `errand risk list` lists it.")
        private String id = "";

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        @Override
        int run() {
            broker().delete(PATH + "/" + BrokerClient.encoded(id)).orFail();
            out().println("cleared " + id);
            return 0;
        }
    }
}
