package io.errand.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand policy versions}. */
@Command(
        name = "versions",
        mixinStandardHelpOptions = true,
        description = "List the versions of a policy set, newest first, at most 500.")
final class PolicyVersionsCommand implements Callable<Integer> {

    @Parameters(paramLabel = "NAME", description = "The set.")
    private String name = "";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection
                .broker()
                .get("/admin/v1/policies/" + BrokerClient.encoded(name) + "/versions?limit=500")
                .orFail();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode version : answer.body().path("items")) {
            rows.add(List.of(
                    version.path("version").asString(""),
                    version.path("status").asString(""),
                    version.path("created_at").asString(""),
                    version.path("author").asString(""),
                    version.path("reason").asString("")));
        }
        PrintWriter out = spec.commandLine().getOut();
        new Table(List.of("VERSION", "STATUS", "SAVED", "AUTHOR", "REASON")).print(rows, out);
        out.flush();
        return 0;
    }
}
