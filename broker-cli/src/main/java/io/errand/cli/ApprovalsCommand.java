package io.errand.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

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
public final class ApprovalsCommand implements Callable<Integer> {

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Those that are pending (by default), approved, denied, expired, consumed or voided.")
    private String state = "pending";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection
                .broker()
                .get("/admin/v1/approvals?state=" + BrokerClient.encoded(state))
                .orFail();
        PrintWriter out = spec.commandLine().getOut();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode approval : answer.body().path("items")) {
            rows.add(List.of(
                    approval.path("id").asString(""),
                    approval.path("agent").asString(""),
                    String.join(
                            ", ",
                            approval.path("needs").values().stream()
                                    .map(need -> need.path("group").asString("")
                                            + (need.path("people").asInt(1) > 1
                                                    ? " x" + need.path("people").asInt()
                                                    : ""))
                                    .toList()),
                    approval.path("state").asString(""),
                    approval.path("expires_at").asString("")));
        }
        new Table(List.of("APPROVAL", "AGENT", "BY", "STATE", "EXPIRES")).print(rows, out);
        if (!answer.body().path("next").asString("").isEmpty()) {
            out.println("There are more.");
        }
        out.flush();
        return 0;
    }
}
