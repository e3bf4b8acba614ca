package io.errand.cli;

import io.errand.api.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand policy save}. */
@Command(
        name = "save",
        mixinStandardHelpOptions = true,
        description = "Save a new version of a policy set: in force at once, or as a draft that decides nothing.")
final class PolicySaveCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "A .cedar file, named after its set.")
    private Path file = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "The set, where the file is not named after it.")
    private @Nullable String name;

    @Option(names = "--draft", description = "Only keep it; `errand policy activate` puts it in force.")
    private boolean draft;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
    private String reason = "";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        PolicyFile policies = PolicyFile.read(file);
        String set = name == null ? policies.set() : name;
        BrokerClient.Answer answer = connection
                .broker()
                .put(
                        "/admin/v1/policies/" + BrokerClient.encoded(set),
                        Json.mapper()
                                .valueToTree(Map.of(
                                        "cedar",
                                        policies.text(),
                                        "status",
                                        draft ? "draft" : "active",
                                        "reason",
                                        reason)));
        if (!answer.isSuccess()) {
            throw policies.failed(answer);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(set + " version " + answer.body().path("version").asString("")
                + (draft ? " is saved as a draft" : " is in force"));
        Applying.warnings(answer.body()).forEach(warning -> out.println("  warning: " + warning));
        out.flush();
        return 0;
    }
}
