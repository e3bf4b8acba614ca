package io.errand.cli;

import io.errand.api.AccessView;
import io.errand.api.ObservedView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand audit access}. */
@Command(
        name = "access",
        mixinStandardHelpOptions = true,
        description = "Show what a task was allowed beside what targets have logged of it, and what was observed"
                + " without a lease meanwhile.")
public final class AuditAccessCommand extends BrokerCommand {

    @Option(names = "--task", required = true, paramLabel = "ID", description = "The task.")
    @SuppressWarnings("NullAway.Init") // required
    private String task;

    @Override
    int run() {
        AccessView access = broker().get("/admin/v1/audit/access?task=" + BrokerClient.encoded(task))
                .as(AccessView.class);
        out().println("Task " + Table.plain(access.task()) + " of agent " + Table.plain(access.agent()) + " for "
                + Table.plain(access.person() == null ? "nobody" : access.person()));
        out().println("\nAllowed:");
        table(
                List.of("LEASE", "TOOL", "ACTIONS", "STATE", "FROM", "UNTIL"),
                access.allowed(),
                lease -> List.of(
                        lease.lease(),
                        lease.tool(),
                        String.join(",", lease.actions()),
                        lease.state(),
                        lease.from().toString(),
                        (lease.goneAt() == null ? lease.until() : lease.goneAt()).toString()));
        observed("\nObserved:", access.observed());
        observed("\nObserved without a lease meanwhile, at any target:", access.unleased());
        access.unleased().forEach(seen -> out().println(Table.plain(seen.session() + ": " + seen.cause())));
        return 0;
    }

    private void observed(String head, List<ObservedView> rows) {
        out().println(head);
        table(
                List.of("TARGET", "LOGIN", "SESSION", "WHAT", "COMMAND", "OBJECT", "ADDRESS", "FIRST", "TIMES"),
                rows,
                seen -> List.of(
                        seen.target(),
                        seen.login(),
                        seen.session(),
                        seen.what(),
                        seen.command(),
                        seen.object(),
                        seen.address(),
                        seen.firstAt().toString(),
                        Long.toString(seen.times())));
    }
}
