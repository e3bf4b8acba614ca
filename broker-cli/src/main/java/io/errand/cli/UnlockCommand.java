package io.errand.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand unlock}. */
@Command(name = "unlock", mixinStandardHelpOptions = true, description = "Lift a lock. What was revoked stays revoked.")
public final class UnlockCommand implements Callable<Integer> {

    @Parameters(paramLabel = "ID", description = "The lock, as `errand locks` lists it.")
    private String id = "";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection
                .broker()
                .delete("/admin/v1/locks/" + BrokerClient.encoded(id))
                .orFail();
        spec.commandLine().getOut().println("lifted " + id);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
