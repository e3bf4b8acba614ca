package io.errand.cli;

import io.errand.api.BreakGlassRequest;
import io.errand.api.BreakGlassReview;
import io.errand.api.Json;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand breakglass}. */
@Command(
        name = "breakglass",
        mixinStandardHelpOptions = true,
        description = "List break-glass, newest first; activate, end or review one.",
        subcommands = {BreakGlassCommand.Activate.class, BreakGlassCommand.End.class, BreakGlassCommand.Review.class})
public final class BreakGlassCommand implements Callable<Integer> {

    private static final String PATH = "/admin/v1/breakglass";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection.broker().get(PATH).orFail();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode one : answer.body().path("items")) {
            rows.add(List.of(
                    one.path("id").asString(""),
                    one.path("agent").asString(""),
                    one.path("task").asString("-"),
                    Table.joined(one.path("tools")),
                    one.path("state").asString(""),
                    one.path("who").asString(""),
                    one.path("ticket").asString(""),
                    one.path("expires_at").asString("")));
        }
        PrintWriter out = spec.commandLine().getOut();
        new Table(List.of("BREAK-GLASS", "AGENT", "TASK", "TOOLS", "STATE", "BY", "TICKET", "UNTIL")).print(rows, out);
        out.flush();
        return 0;
    }

    /** What the three have in common. */
    abstract static class Act implements Callable<Integer> {

        @Option(names = "--as", paramLabel = "PERSON", description = "At a local `errand serve`: who you are.")
        private @Nullable String person;

        @Mixin
        private Connection connection = new Connection();

        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call
        private CommandSpec spec;

        Integer post(String path, JsonNode body) {
            JsonNode done = connection
                    .broker(person, List.of())
                    .post(PATH + path, body)
                    .orFail()
                    .body();
            PrintWriter out = spec.commandLine().getOut();
            out.println(Table.plain(said(done)));
            out.flush();
            return 0;
        }

        /** What has been done, in a sentence. */
        abstract String said(JsonNode done);

        static String text(JsonNode done, String member) {
            return done.path(member).asString("");
        }
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

        @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
        private String reason = "";

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
        public Integer call() {
            return post(
                    "",
                    Json.mapper()
                            .valueToTree(new BreakGlassRequest(scope.agent, scope.task, tools, reason, ticket, ttl)));
        }

        @Override
        String said(JsonNode done) {
            String nothing = Table.joined(done.path("nothing_to_lift"));
            return text(done, "id") + " is active until " + text(done, "expires_at")
                    + "; its review, by somebody else, is due by " + text(done, "review_by") + "."
                    + (done.path("nothing_to_lift").isEmpty()
                            ? ""
                            : " It changes nothing at " + nothing + ": no policy in force that concerns "
                                    + text(done, "agent") + " there is marked @liftable.");
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
        public Integer call() {
            return post("/" + BrokerClient.encoded(id) + "/end", Json.mapper().createObjectNode());
        }

        @Override
        String said(JsonNode done) {
            int leases = done.path("leases").size();
            return text(done, "id") + " ended at " + text(done, "ended_at") + "; "
                    + (leases == 0
                            ? "nothing that was granted under it was live"
                            : leases + (leases == 1 ? " lease" : " leases") + " granted under it "
                                    + (leases == 1 ? "is" : "are") + " being revoked")
                    + ". Its review, by somebody else, is due by " + text(done, "review_by") + ".";
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
        public Integer call() {
            return post(
                    "/" + BrokerClient.encoded(id) + "/review",
                    Json.mapper().valueToTree(new BreakGlassReview(finding, comment)));
        }

        @Override
        String said(JsonNode done) {
            return text(done, "id") + " is reviewed: " + text(done, "finding") + ", by " + text(done, "reviewed_by")
                    + " at " + text(done, "reviewed_at") + ".";
        }
    }
}
