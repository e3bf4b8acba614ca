package io.errand.cli;

import io.errand.api.ExceptionApproval;
import io.errand.api.ExceptionRequest;
import io.errand.api.ExceptionView;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand exceptions}. */
@Command(
        name = "exceptions",
        mixinStandardHelpOptions = true,
        description = "List what agents are let off, newest first; propose, approve or end an exception.",
        subcommands = {ExceptionsCommand.Propose.class, ExceptionsCommand.Approve.class, ExceptionsCommand.End.class})
public final class ExceptionsCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/exceptions";

    @Override
    int run() {
        table(
                List.of("EXCEPTION", "NAME", "AGENT", "TOOLS", "STATE", "OWNER", "APPROVED BY", "UNTIL", "REASON"),
                AgentsCommand.pages(broker(), PATH, ExceptionView.class),
                one -> List.of(
                        one.id(),
                        one.name(),
                        one.agent(),
                        one.tools().isEmpty() ? "all" : String.join(",", one.tools()),
                        one.state(),
                        one.owner(),
                        Objects.requireNonNullElse(one.approvedBy(), "-"),
                        one.until().toString(),
                        one.reason()));
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
            out().println(Table.plain(said(broker().post(PATH + path, body).as(ExceptionView.class))));
            return 0;
        }

        /** What has been done, in a sentence. */
        abstract String said(ExceptionView done);
    }

    /** {@code errand exceptions propose}. */
    @Command(
            name = "propose",
            mixinStandardHelpOptions = true,
            description = "Propose one; it counts once somebody else has approved it.")
    static final class Propose extends Act {

        @Parameters(paramLabel = "NAME", description = "What policies know it by, in context.exceptions.")
        private String name = "";

        @Option(names = "--agent", required = true, paramLabel = "NAME", description = "Whom it lets off.")
        private String agent = "";

        @Option(
                names = "--tool",
                paramLabel = "NAME",
                description = "At this tool alone; may be repeated. Without it, at all tools.")
        private List<String> tools = List.of();

        @Option(names = "--owner", required = true, paramLabel = "NAME", description = "Who answers for it.")
        private String owner = "";

        @Option(
                names = "--until",
                required = true,
                paramLabel = "TIME",
                description = "When it ends by itself, for example 2027-01-31T00:00:00Z.")
        private String until = "";

        @Mixin
        private Reason reason = new Reason();

        @Override
        int run() {
            return post("", new ExceptionRequest(name, agent, tools, reason.text(), owner, time()));
        }

        private Instant time() {
            try {
                return Instant.parse(until);
            } catch (DateTimeParseException e) {
                throw CommandFailed.usage(
                        "--until is a time in UTC, for example 2027-01-31T00:00:00Z, not " + until + ".");
            }
        }

        @Override
        String said(ExceptionView done) {
            return done.id() + " is proposed: " + done.name() + " for " + done.agent() + " until " + done.until()
                    + ". It counts once somebody else has approved it.";
        }
    }

    /** {@code errand exceptions approve}. */
    @Command(
            name = "approve",
            mixinStandardHelpOptions = true,
            description = "Approve one that somebody else proposed, and of whose agent you are not the owner.")
    static final class Approve extends Act {

        @Parameters(paramLabel = "ID", description = "As `errand exceptions` lists it.")
        private String id = "";

        @Option(names = "--comment", paramLabel = "TEXT", description = "Why; it is kept on the log.")
        private @Nullable String comment;

        @Override
        int run() {
            return post("/" + BrokerClient.encoded(id) + "/approve", new ExceptionApproval(comment));
        }

        @Override
        String said(ExceptionView done) {
            return done.id() + " counts from now until " + done.until() + ".";
        }
    }

    /** {@code errand exceptions end}. */
    @Command(
            name = "end",
            mixinStandardHelpOptions = true,
            description = "End one before its time; live leases of its agent are decided again.")
    static final class End extends Act {

        @Parameters(paramLabel = "ID", description = "As `errand exceptions` lists it.")
        private String id = "";

        @Override
        int run() {
            return post("/" + BrokerClient.encoded(id) + "/end", Map.of());
        }

        @Override
        String said(ExceptionView done) {
            return done.id() + " has ended; live leases of " + done.agent() + " are decided again.";
        }
    }
}
