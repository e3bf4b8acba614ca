package io.errand.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** {@code errand leases reconcile}: compares the leases with what stands at the targets, now. */
@Command(
        name = "reconcile",
        mixinStandardHelpOptions = true,
        description = {
            "Compare the broker's leases with what stands at the targets.",
            "What the broker does not know is destroyed, what is gone is closed, and each is reported.",
            "Exit code 3: a target could not be looked at, or something could not be destroyed."
        })
final class LeasesReconcileCommand implements Callable<Integer> {

    private static final int NOT_ALL = 3;

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        return report(connection.broker(), spec.commandLine().getOut());
    }

    static int report(BrokerClient broker, PrintWriter out) {
        BrokerClient.Answer answer = broker.post("/admin/v1/reconciliations", JsonNodeFactory.instance.objectNode())
                .orFail();
        JsonNode run = answer.body();
        boolean all = true;
        for (JsonNode finding : run.path("findings")) {
            String kind = finding.path("kind").asString();
            String action = finding.path("action").asString();
            all &= !kind.equals("unreachable") && !kind.equals("unclaimed") && !action.equals("failed");
            out.println(String.join(
                    "  ",
                    kind,
                    action,
                    (finding.path("backend").asString() + " "
                                    + finding.path("target").asString(""))
                            .strip(),
                    finding.path("reference").asString(finding.path("lease").asString("-")),
                    finding.path("detail").asString()));
        }
        out.println(run.path("targets").asInt() + " targets, "
                + run.path("credentials").asInt() + " credentials, "
                + run.path("found").asInt() + " findings (run "
                + run.path("run").asString() + ")");
        out.flush();
        return all ? 0 : NOT_ALL;
    }
}
