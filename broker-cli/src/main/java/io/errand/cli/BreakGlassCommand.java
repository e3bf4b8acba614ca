package io.errand.cli;

import io.errand.api.BreakGlassRequest;
import io.errand.api.BreakGlassReview;
import io.errand.api.BreakGlassView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand breakglass}. */
@Command(
        name = "breakglass",
        mixinStandardHelpOptions = true,
        description = "List break-glass, newest first; activate, end or review one.",
        subcommands = {BreakGlassCommand.Activate.class, BreakGlassCommand.End.class, BreakGlassCommand.Review.class})
public final class BreakGlassCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/breakglass";

    @Override
    int run() {
        table(
                List.of("BREAK-GLASS", "AGENT", "TASK", "TOOLS", "STATE", "BY", "TICKET", "UNTIL"),
                broker().get(PATH).page(BreakGlassView.class).items(),
                one -> List.of(
                        one.id(),
                        one.agent(),
                        Objects.requireNonNullElse(one.task(), "-"),
                        String.join(",", one.tools()),
                        one.state(),
                        one.who(),
                        one.ticket(),
                        one.expiresAt().toString()));
        return 0;
    }

    /** What the three have in common. */
    abstract static class Act extends BrokerCommand {

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        int post(String path, Object body) {
            out().println(Table.plain(said(broker().post(PATH + path, body).as(BreakGlassView.class))));
            return 0;
        }

        /** What has been done, in a sentence. */
        abstract String said(BreakGlassView done);
    }

    /** {@code errand breakglass activate}. */
    @Command(
            name = "activate",
            mixinStandardHelpOptions = true,
            description =
                    "Lift the policies that say they may be lifted, for one agent or task, some tools and a short time.")
    static final class Activate extends Act {

        @ArgGroup(multiplicity = "1")
        @SuppressWarnings("NullAway.Init") // set by picocli before call
        private Scope scope;

        @Option(names = "--tool", required = true, paramLabel = "NAME", description = "For this tool; may be repeated.")
        private List<String> tools = List.of();

        @Mixin
        private Reason reason = new Reason();

        @Option(names = "--ticket", required = true, paramLabel = "ID", description = "Where it is tracked.")
        private String ticket = "";

        @Option(names = "--ttl", required = true, paramLabel = "DURATION", description = "How long, for example PT15M.")
        private Duration ttl = Duration.ZERO;

        /** Exactly one. */
        static final class Scope {

            @Option(names = "--agent", paramLabel = "NAME", description = "An agent.")
            private @Nullable String agent;

            @Option(names = "--task", paramLabel = "ID", description = "A task.")
            private @Nullable String task;
        }

        @Override
        int run() {
            return post("", new BreakGlassRequest(scope.agent, scope.task, tools, reason.text(), ticket, ttl));
        }

        @Override
        String said(BreakGlassView done) {
            List<String> nothing = Objects.requireNonNullElse(done.nothingToLift(), List.of());
            return done.id() + " is active until " + done.expiresAt()
                    + "; its review, by somebody else, is due by " + done.reviewBy() + "."
                    + (nothing.isEmpty()
                            ? ""
                            : " It changes nothing at " + String.join(",", nothing)
                                    + ": no policy in force that concerns " + done.agent()
                                    + " there is marked @liftable.");
        }
    }

    /** {@code errand breakglass end}. */
    @Command(
            name = "end",
            mixinStandardHelpOptions = true,
            description = "End one before its time; what was granted under it is revoked.")
    static final class End extends Act {

        @Parameters(paramLabel = "ID", description = "As `errand breakglass` lists it.")
        private String id = "";

        @Override
        int run() {
            return post("/" + BrokerClient.encoded(id) + "/end", Map.of());
        }

        @Override
        String said(BreakGlassView done) {
            int leases = Objects.requireNonNullElse(done.leases(), List.of()).size();
            return done.id() + " ended at " + done.endedAt() + "; "
                    + (leases == 0
                            ? "nothing that was granted under it was live"
                            : leases + (leases == 1 ? " lease" : " leases") + " granted under it "
                                    + (leases == 1 ? "is" : "are") + " being revoked")
                    + ". Its review, by somebody else, is due by " + done.reviewBy() + ".";
        }
    }

    /** {@code errand breakglass review}. */
    @Command(
            name = "review",
            mixinStandardHelpOptions = true,
            description = "Close one that has ended and that somebody else activated.")
    static final class Review extends Act {

        @Parameters(paramLabel = "ID", description = "As `errand breakglass` lists it.")
        private String id = "";

        @Option(names = "--finding", required = true, paramLabel = "WORD", description = "justified or unjustified.")
        private String finding = "";

        @Option(names = "--comment", required = true, paramLabel = "TEXT", description = "What was found.")
        private String comment = "";

        @Override
        int run() {
            return post("/" + BrokerClient.encoded(id) + "/review", new BreakGlassReview(finding, comment));
        }

        @Override
        String said(BreakGlassView done) {
            return done.id() + " is reviewed: " + done.finding() + ", by " + done.reviewedBy() + " at "
                    + done.reviewedAt() + ".";
        }
    }
}
