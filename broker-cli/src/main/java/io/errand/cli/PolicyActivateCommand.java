package io.errand.cli;

import io.errand.api.Json;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand policy activate}. */
@Command(
        name = "activate",
        mixinStandardHelpOptions = true,
        description = "Put a version of a policy set in force: a draft, or an older one to go back to.")
final class PolicyActivateCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "NAME", description = "The set.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "VERSION", description = "Its version.")
    private int version;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
    private String reason = "";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection
                .broker()
                .post(
                        "/admin/v1/policies/" + BrokerClient.encoded(name) + "/activate",
                        Json.mapper().valueToTree(Map.of("version", version, "reason", reason)))
                .orFail();
        PrintWriter out = spec.commandLine().getOut();
        out.println(name + " version " + version + " is in force");
        out.flush();
        return 0;
    }
}
