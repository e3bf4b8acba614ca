package io.errand.cli;

import io.errand.api.PolicyActivation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code errand policy activate}. */
@Command(
        name = "activate",
        mixinStandardHelpOptions = true,
        description = "Put a version of a policy set in force: a draft, or an older one to go back to.")
final class PolicyActivateCommand extends BrokerCommand {

    @Parameters(index = "0", paramLabel = "NAME", description = "The set.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "VERSION", description = "Its version.")
    private int version;

    @Mixin
    private Reason reason = new Reason();

    @Override
    int run() {
        broker().post(
                        "/admin/v1/policies/" + BrokerClient.encoded(name) + "/activate",
                        new PolicyActivation(version, reason.text()))
                .orFail();
        out().println(name + " version " + version + " is in force");
        return 0;
    }
}
