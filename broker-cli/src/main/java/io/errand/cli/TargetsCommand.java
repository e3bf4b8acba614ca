package io.errand.cli;

import io.errand.cli.BrokerClient.Answer;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand targets}. */
@Command(
        name = "targets",
        mixinStandardHelpOptions = true,
        description = "What the broker finds at its PostgreSQL targets.")
final class TargetsCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which of the targets' commands? There is: check.");
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Say what is missing at a target (error) and what is wider than need be (warning)."
                    + " Exits 1 if anything is missing.")
    int check(
            @Parameters(index = "0", paramLabel = "NAME", description = "The target: errand.targets.<NAME>.")
                    String name,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            description = "A group role that a tool is to use there. May be repeated.")
                    List<String> roles,
            @Mixin Connection connection) {
        StringBuilder path =
                new StringBuilder("/admin/v1/backends/postgres/targets/" + BrokerClient.encoded(name) + "/check");
        char separator = '?';
        for (String role : roles == null ? List.<String>of() : roles) {
            path.append(separator).append("role=").append(BrokerClient.encoded(role));
            separator = '&';
        }
        Answer answer = connection.broker().get(path.toString());
        if (answer.status() == 404) {
            throw new CommandFailed("The broker has no target '" + name + "': set errand.targets." + name
                    + ".url, .username and .password-file (docs/targets.md).");
        }
        answer.orFail();
        return CheckFindings.print(
                answer.body().path("findings"),
                "The target " + name + " is set up as it should be.",
                spec.commandLine().getOut());
    }
}
