package io.errand.cli;

import io.errand.api.DeploymentDecision;
import io.errand.api.DeploymentView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code errand deployment}. */
@Command(
        name = "deployment",
        mixinStandardHelpOptions = true,
        description =
                "Says which deployment the broker's database is of, and whether another database of it writes at a target."
                        + " Exits 3 if so: nothing is destroyed and nothing made at a target until you adopt it or make it new.")
final class DeploymentCommand extends BrokerCommand {

    private static final int IN_DOUBT = 3;

    @Override
    int run() {
        return print(broker().get("/admin/v1/deployment"));
    }

    @Command(
            name = "adopt",
            mixinStandardHelpOptions = true,
            description =
                    "This database goes on as the deployment: it was restored from a backup, or the other database is gone.")
    int adopt(@Mixin Reason reason, @Mixin Connection to) {
        return decide("adopt", reason, to);
    }

    @Command(
            name = "new",
            mixinStandardHelpOptions = true,
            description =
                    "This database is a copy: from now on it is a deployment of its own, and leaves what stands at the targets"
                            + " to the other one.")
    int separate(@Mixin Reason reason, @Mixin Connection to) {
        return decide("new", reason, to);
    }

    private int decide(String decision, Reason reason, Connection to) {
        return print(to.broker().post("/admin/v1/deployment", new DeploymentDecision(decision, reason.text())));
    }

    private int print(BrokerClient.Answer answer) {
        DeploymentView deployment = answer.as(DeploymentView.class);
        out().println("deployment " + deployment.id() + " since " + deployment.since());
        for (DeploymentView.Doubt doubt : deployment.doubts()) {
            out().println("in doubt: another database of this deployment writes at the target " + doubt.target()
                    + " (found " + doubt.foundAt() + ")");
        }
        out().flush();
        return deployment.doubts().isEmpty() ? 0 : IN_DOUBT;
    }
}
