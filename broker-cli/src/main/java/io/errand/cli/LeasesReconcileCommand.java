package io.errand.cli;

import io.errand.api.FindingView;
import io.errand.api.ReconciliationView;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;

/** {@code errand leases reconcile}: compares the leases with what stands at the targets, now. */
@Command(
        name = "reconcile",
        mixinStandardHelpOptions = true,
        description = {
            "Compare the broker's leases with what stands at the targets.",
            "What the broker does not know is destroyed, what is gone is closed, and each is reported.",
            "Exit code 3: a target could not be looked at, or something could not be destroyed."
        })
final class LeasesReconcileCommand extends BrokerCommand {

    private static final int NOT_ALL = 3;

    @Override
    int run() {
        return report(broker(), out());
    }

    static int report(BrokerClient broker, PrintWriter out) {
        ReconciliationView run =
                broker.post("/admin/v1/reconciliations", Map.of()).as(ReconciliationView.class);
        boolean all = true;
        for (FindingView finding : run.findings()) {
            all &= !finding.kind().equals("unreachable")
                    && !finding.kind().equals("unclaimed")
                    && !finding.action().equals("failed");
            out.println(String.join(
                    "  ",
                    finding.kind(),
                    finding.action(),
                    (finding.backend() + " " + finding.target()).strip(),
                    Objects.requireNonNullElse(finding.reference(), Objects.requireNonNullElse(finding.lease(), "-")),
                    finding.detail()));
        }
        out.println(run.targets() + " targets, " + run.credentials() + " credentials, " + run.found()
                + " findings (run " + run.run() + ")");
        out.flush();
        return all ? 0 : NOT_ALL;
    }
}
