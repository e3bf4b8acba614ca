package io.errand.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand policy explain}. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Say why a decision was what it was, with the policies as they were then.")
final class PolicyExplainCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DECISION_ID", description = "As a refusal or the audit log names it.")
    private String decision = "";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection
                .broker()
                .get("/admin/v1/decisions/" + BrokerClient.encoded(decision))
                .orFail();
        PrintWriter out = spec.commandLine().getOut();
        JsonNode view = answer.body();
        line(
                out,
                "decision",
                view.path("decision").asString("") + " at " + view.path("at").asString(""));
        line(
                out,
                "outcome",
                view.path("outcome").asString("") + " (" + view.path("kind").asString("") + ")");
        line(out, "reason", view.path("reason").asString(""));
        line(out, "detail", view.path("detail").asString(""));
        line(out, "agent", view.path("agent").asString(""));
        line(out, "task", view.path("task").asString(""));
        line(
                out,
                "asked",
                view.path("question").isObject() ? view.path("question").toString() : "");
        for (JsonNode ruling : view.path("rulings")) {
            out.println();
            out.println(Table.plain(ruling.path("effect").asString("") + " "
                    + ruling.path("tool").asString("") + " "
                    + ruling.path("actions")
                    + (ruling.has("reason") ? ": " + ruling.path("reason").asString("") : "")));
            policies(out, "by", ruling.path("policies"));
            policies(out, "lifted by break-glass", ruling.path("lifted"));
            policies(out, "observed only", ruling.path("observed"));
        }
        out.flush();
        return 0;
    }

    private static void policies(PrintWriter out, String how, JsonNode policies) {
        for (JsonNode policy : policies) {
            out.println(Table.plain("  " + how + " " + policy.path("id").asString("")));
            policy.path("cedar").asString("").lines().forEach(text -> out.println(Table.plain("    " + text)));
        }
    }

    private static void line(PrintWriter out, String name, String value) {
        if (!value.isEmpty()) {
            out.println(Table.plain(name + ": " + value));
        }
    }
}
