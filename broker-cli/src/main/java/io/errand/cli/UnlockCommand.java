package io.errand.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code errand unlock}. */
@Command(name = "unlock", mixinStandardHelpOptions = true, description = "Lift a lock. What was revoked stays revoked.")
public final class UnlockCommand extends BrokerCommand {

    @Parameters(paramLabel = "ID", description = "The lock, as `errand locks` lists it.")
    private String id = "";

    @Override
    int run() {
        broker().delete("/admin/v1/locks/" + BrokerClient.encoded(id)).orFail();
        out().println("lifted " + id);
        return 0;
    }
}
