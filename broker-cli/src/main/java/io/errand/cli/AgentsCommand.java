package io.errand.cli;

import io.errand.api.AgentActivation;
import io.errand.api.AgentHistoryEntry;
import io.errand.api.AgentResource;
import io.errand.api.AgentReviewRequest;
import io.errand.api.AgentReviewView;
import io.errand.api.AgentTransfer;
import io.errand.api.AgentTransition;
import io.errand.api.Json;
import io.errand.api.LeaseView;
import io.errand.api.OffboardingView;
import io.errand.api.Page;
import io.errand.api.RevocationView;
import io.errand.api.ToolProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand agents}. */
@Command(
        name = "agents",
        mixinStandardHelpOptions = true,
        description =
                "List the agents; activate, suspend, retire, transfer or review one, say what was done with it, what it uses, and what would suffice.",
        subcommands = {
            AgentsCommand.Activate.class,
            AgentsCommand.Suspend.class,
            AgentsCommand.Retire.class,
            AgentsCommand.Transfer.class,
            AgentsCommand.Report.class,
            AgentsCommand.Review.class,
            AgentsCommand.History.class,
            AgentsUsageCommand.class,
            AgentsInstancesCommand.class,
            AgentsRightsizeCommand.class
        })
public final class AgentsCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/agents";

    @Override
    int run() {
        table(
                List.of("AGENT", "STATE", "OWNER", "REVIEW BY", "PURPOSE"),
                pages(broker(), PATH, AgentResource.class),
                agent -> List.of(
                        or(agent.name()),
                        or(agent.state()),
                        or(agent.owner()),
                        or(agent.reviewBy()),
                        or(agent.purpose())));
        return 0;
    }

    /** All of a list, whatever number of pages it has. */
    static <T> List<T> pages(BrokerClient broker, String path, Class<T> item) {
        List<T> all = new ArrayList<>();
        String cursor = "";
        do {
            Page<T> page = broker.get(path + "?limit=500" + cursor).page(item);
            all.addAll(page.items());
            cursor = page.next() == null ? "" : "&cursor=" + page.next();
        } while (!cursor.isEmpty());
        return all;
    }

    private static String or(@Nullable Object value) {
        return Objects.toString(value, "-");
    }

    private static String path(String agent, String what) {
        return PATH + "/" + BrokerClient.encoded(agent) + "/" + what;
    }

    /** What those that change something have in common. */
    abstract static class Change extends BrokerCommand {

        @Parameters(paramLabel = "NAME", description = "The agent.")
        String name = "";

        @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
        String reason = "";

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        int post(String what, Object body, String means) {
            return said(broker().post(path(name, what), body).as(AgentHistoryEntry.class), means);
        }

        final int said(AgentHistoryEntry done, String means) {
            out().println(Table.plain(done.agent() + " was " + or(done.before()) + " and is " + or(done.after())
                    + " since " + done.at() + "; " + means + "."));
            return 0;
        }
    }

    /** {@code errand agents activate}. */
    @Command(
            name = "activate",
            mixinStandardHelpOptions = true,
            description = "Let a draft begin, or a suspended agent go on. The tools of a draft are probed first; if one"
                    + " does not work, it stays a draft, and the command exits with 1.")
    static final class Activate extends Change {

        @Option(
                names = "--without-probe",
                paramLabel = "TEXT",
                description = "Do not probe a draft's tools, and why not; it is kept on the log.")
        private @Nullable String withoutProbe;

        @Override
        int run() {
            BrokerClient.Answer answer =
                    broker().post(path(name, "activate"), new AgentActivation(reason, withoutProbe));
            if (!answer.isSuccess()) {
                ToolsCommand.show(this, ToolsCommand.probes(answer.body().path("probes")));
                throw new CommandFailed(answer.refusal());
            }
            AgentHistoryEntry done = answer.as(AgentHistoryEntry.class);
            ToolsCommand.show(this, Objects.requireNonNullElse(done.probes(), List.<ToolProbe>of()));
            return said(done, "it may begin tasks");
        }
    }

    /** {@code errand agents suspend}. */
    @Command(
            name = "suspend",
            mixinStandardHelpOptions = true,
            description = "Stop an agent until it is activated again; its leases and what it handed on end now.")
    static final class Suspend extends Change {

        @Override
        int run() {
            return post(
                    "suspend",
                    new AgentTransition(reason),
                    "it gets nothing, and its leases are being revoked (`errand leases --agent " + name + "`)");
        }
    }

    /** {@code errand agents retire}. */
    @Command(
            name = "retire",
            mixinStandardHelpOptions = true,
            description = "Stop an agent for good; its tasks, its leases and what it handed on end now.")
    static final class Retire extends Change {

        @Override
        int run() {
            return post(
                    "retire",
                    new AgentTransition(reason),
                    "that is final, and `errand agents report " + name + "` says how far its end has come");
        }
    }

    /** {@code errand agents transfer}. */
    @Command(
            name = "transfer",
            mixinStandardHelpOptions = true,
            description = "Have somebody else answer for an agent.")
    static final class Transfer extends Change {

        @Option(names = "--to", required = true, paramLabel = "OWNER", description = "A person or a team.")
        private String owner = "";

        @Override
        int run() {
            return post("transfer", new AgentTransfer(owner, reason), "what it has stays as it is");
        }
    }

    /** {@code errand agents report}. */
    @Command(
            name = "report",
            mixinStandardHelpOptions = true,
            description = "Say how far the end of a retired agent has come; with --out, write its signed report and all"
                    + " receipts. Exits 0 if it is complete, 1 if not.")
    static final class Report extends BrokerCommand {

        static final String REPORT = "report.jwt";
        static final String RECEIPTS = "receipts.txt";

        @Parameters(paramLabel = "NAME", description = "The retired agent.")
        private String name = "";

        @Option(names = "--out", paramLabel = "FOLDER", description = "Where to write; it is made if it is not there.")
        private @Nullable Path folder;

        @Override
        int run() {
            BrokerClient broker = broker();
            OffboardingView end = broker.get(path(name, "offboarding")).as(OffboardingView.class);
            boolean complete = end.report() != null;
            out().println(Table.plain(end.agent() + " was retired at " + end.begunAt() + " by " + end.who() + "; "
                    + (complete
                            ? "nothing of it is left since " + end.completedAt()
                            : "its identities are kept until everything is gone")
                    + "."));
            out().println(end.tasks() + " tasks ended. Of " + end.matched() + " leases " + end.revoked() + " are gone, "
                    + end.pending() + " are being revoked, " + end.irrevocable() + " resist.");
            named("approvals", end.open().approvals());
            named("exceptions", end.open().exceptions());
            named("policies", end.open().policies());
            named("delegates_to of", end.open().delegatedBy());
            if (end.report() != null && folder != null) {
                write(end.report(), receipts(broker, end.revocation()), folder);
                out().println("Written to " + folder + "; `errand receipt verify-report` verifies it.");
            }
            return complete ? 0 : 1;
        }

        private void named(String what, List<String> names) {
            if (!names.isEmpty()) {
                out().println(Table.plain("Its name was still in: " + what + " " + String.join(",", names)));
            }
        }

        private static List<String> receipts(BrokerClient broker, String revocation) {
            List<String> receipts = new ArrayList<>();
            String cursor = "";
            do {
                RevocationView page = broker.get(
                                "/admin/v1/revocations/" + BrokerClient.encoded(revocation) + "?limit=500" + cursor)
                        .as(RevocationView.class);
                for (LeaseView lease : Objects.requireNonNullElse(page.leases(), List.<LeaseView>of())) {
                    receipts.add(Objects.requireNonNullElse(lease.receipt(), ""));
                }
                cursor = page.next() == null ? "" : "&cursor=" + page.next();
            } while (!cursor.isEmpty());
            return receipts;
        }

        private static void write(String report, List<String> receipts, Path folder) {
            try {
                Files.createDirectories(folder);
                Files.writeString(folder.resolve(REPORT), report + "\n");
                Files.write(folder.resolve(RECEIPTS), receipts);
            } catch (IOException e) {
                throw new CommandFailed("Cannot write to " + folder + ": " + e.getMessage());
            }
        }
    }

    /** {@code errand agents review}. */
    @Command(
            name = "review",
            mixinStandardHelpOptions = true,
            description = "Show its owner what an agent is, with its digest; with --digest, say that it may go on.")
    static final class Review extends BrokerCommand {

        @Parameters(paramLabel = "NAME", description = "The agent.")
        private String name = "";

        @Option(names = "--digest", paramLabel = "DIGEST", description = "As it was shown; without it, it is shown.")
        private @Nullable String digest;

        @Option(names = "--until", paramLabel = "DATE", description = "The day by which somebody looks again.")
        private @Nullable LocalDate until;

        @Option(names = "--comment", paramLabel = "TEXT", description = "What was found; it is kept on the log.")
        private @Nullable String comment;

        @Option(names = "--group", paramLabel = "NAME", description = "At a local `errand serve`: a group you are in.")
        private List<String> groups = List.of();

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, groups);
        }

        @Override
        int run() {
            if (digest == null) {
                show(broker().get(path(name, "review")).as(AgentReviewView.class));
            } else {
                AgentReviewView done = broker().post(
                                path(name, "review"), new AgentReviewRequest(digest, until, comment))
                        .as(AgentReviewView.class);
                out().println(Table.plain(done.agent() + " may go on as it is until " + or(done.reviewBy()) + "."));
            }
            return 0;
        }

        /** The digest is made of what is shown here, and not believed. */
        private void show(AgentReviewView review) {
            if (!review.digest().equals(Request.digest(review.shown()))) {
                throw new CommandFailed("The broker's digest is not that of what it shows; do not decide on this.");
            }
            Request.members(out(), "", Json.mapper().readTree(review.shown()));
            out().println("review by: "
                    + (review.reviewBy() == null
                            ? "no day is set"
                            : review.reviewBy().toString()) + (review.overdue() ? " (overdue: it is stopped)" : ""));
            out().println("last review: " + last(review));
            out().println("digest: " + review.digest());
        }

        private static String last(AgentReviewView review) {
            AgentReviewView.Last last = review.last();
            return last == null
                    ? "none"
                    : Table.plain(last.at() + " by " + last.who()
                            + (last.digest().equals(review.digest()) ? ", of the same" : ", of something else"));
        }
    }

    /** {@code errand agents history}. */
    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description = "Say what was done with an agent, by whom and why, newest first.")
    static final class History extends BrokerCommand {

        @Parameters(paramLabel = "NAME", description = "The agent, even one that is deleted.")
        private String name = "";

        @Override
        int run() {
            table(
                    List.of("AT", "CHANGE", "BEFORE", "AFTER", "BY", "REASON"),
                    pages(broker(), path(name, "history"), AgentHistoryEntry.class),
                    entry -> List.of(
                            entry.at().toString(),
                            entry.change(),
                            or(entry.before()),
                            or(entry.after()),
                            entry.who(),
                            or(entry.reason())));
            return 0;
        }
    }
}
