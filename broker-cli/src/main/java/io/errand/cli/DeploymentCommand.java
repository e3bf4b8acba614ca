package io.errand.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code errand deployment}. */
@Command(
        name = "deployment",
        mixinStandardHelpOptions = true,
        description =
                "Says which deployment the broker's database is of, and whether another database of it writes at a target."
                        + " Exits 3 if so: nothing is destroyed and nothing made at a target until you adopt it or make it new.")
final class DeploymentCommand implements Callable<Integer> {

    private static final int IN_DOUBT = 3;

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    @Override
    public Integer call() {
        return print(
                connection.broker().get("/admin/v1/deployment").orFail().body(),
                spec.commandLine().getOut());
    }

    @Command(
            name = "adopt",
            mixinStandardHelpOptions = true,
            description =
                    "This database goes on as the deployment: it was restored from a backup, or the other database is gone.")
    int adopt(
            @Option(
                            names = "--reason",
                            required = true,
                            paramLabel = "TEXT",
                            description = "Why; it is kept on the log.")
                    String reason,
            @Mixin Connection to) {
        return decide("adopt", reason, to);
    }

    @Command(
            name = "new",
            mixinStandardHelpOptions = true,
            description =
                    "This database is a copy: from now on it is a deployment of its own, and leaves what stands at the targets"
                            + " to the other one.")
    int separate(
            @Option(
                            names = "--reason",
                            required = true,
                            paramLabel = "TEXT",
                            description = "Why; it is kept on the log.")
                    String reason,
            @Mixin Connection to) {
        return decide("new", reason, to);
    }

    private int decide(String decision, String reason, Connection to) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("decision", decision);
        body.put("reason", reason);
        return print(
                to.broker().post("/admin/v1/deployment", body).orFail().body(),
                spec.commandLine().getOut());
    }

    private static int print(JsonNode deployment, PrintWriter out) {
        out.println("deployment " + deployment.path("id").asString() + " since "
                + deployment.path("since").asString());
        for (JsonNode doubt : deployment.path("doubts")) {
            out.println("in doubt: another database of this deployment writes at the target "
                    + doubt.path("target").asString() + " (found "
                    + doubt.path("found_at").asString() + ")");
        }
        out.flush();
        return deployment.path("doubts").isEmpty() ? 0 : IN_DOUBT;
    }
}
