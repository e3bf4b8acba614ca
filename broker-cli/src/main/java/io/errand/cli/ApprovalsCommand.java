package io.errand.cli;

import io.errand.api.ApprovalView;
import io.errand.api.Page;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand approvals}. */
@Command(
        name = "approvals",
        mixinStandardHelpOptions = true,
        description = "List what waits for people; show, approve or deny one.",
        subcommands = {
            ApprovalsShowCommand.class,
            ApprovalsDecideCommand.Approve.class,
            ApprovalsDecideCommand.Deny.class
        })
public final class ApprovalsCommand extends BrokerCommand {

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Those that are pending (by default), approved, denied, expired, consumed or voided.")
    private String state = "pending";

    @Override
    int run() {
        Page<ApprovalView> found = broker().get("/admin/v1/approvals?state=" + BrokerClient.encoded(state))
                .page(ApprovalView.class);
        table(
                List.of("APPROVAL", "AGENT", "BY", "STATE", "EXPIRES"),
                found.items(),
                approval -> List.of(
                        approval.id(),
                        approval.agent(),
                        approval.needs().stream()
                                .map(need -> need.group() + (need.people() > 1 ? " x" + need.people() : ""))
                                .collect(Collectors.joining(", ")),
                        approval.state(),
                        approval.expiresAt().toString()));
        if (found.next() != null) {
            out().println("There are more.");
        }
        return 0;
    }
}
