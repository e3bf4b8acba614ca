package io.errand.cli;

import io.errand.api.Json;
import io.errand.cli.BrokerClient.Answer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code errand doctor}. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Says whether everything that a broker needs is there and works, and what to do where it does not."
                        + " Exits 0 if all is well, 1 if there are warnings, 2 if there are errors or no broker answers.")
final class DoctorCommand implements Callable<Integer> {

    private static final int UNAVAILABLE = 503;

    @Mixin
    private Connection connection = new Connection();

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    @Override
    public Integer call() {
        JsonNode report = report(connection.broker());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
        } else {
            print(report.path("checks"), out);
        }
        out.flush();
        return switch (report.path("status").asString("")) {
            case "ok" -> 0;
            case "warning" -> 1;
            default -> 2;
        };
    }

    private static JsonNode report(BrokerClient broker) {
        Answer answer;
        try {
            answer = broker.get("/admin/v1/doctor");
        } catch (CommandFailed e) {
            throw CommandFailed.error(String.valueOf(e.getMessage()), e);
        }
        if (answer.status() == UNAVAILABLE) {
            return withoutDatabase(answer);
        }
        if (answer.status() == 404) {
            throw CommandFailed.error("This broker has no doctor: it is older than this command.");
        }
        return answer.orFail().body();
    }

    /** A person's identities are looked up before anything else, so without its database the broker says only that. */
    private static JsonNode withoutDatabase(Answer answer) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("status", "error");
        report.putArray("checks")
                .addObject()
                .put("area", "database")
                .put("subject", "connection")
                .put("status", "error")
                .put("detail", answer.refusal())
                .put(
                        "remedy",
                        "Start PostgreSQL or mend the way to it; the readiness on the management port has the cause."
                                + " A token with the role errand.auditor alone gets the rest of the report.");
        return report;
    }

    private static void print(JsonNode checks, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode check : checks) {
            rows.add(List.of(
                    check.path("status").asString(""),
                    check.path("area").asString(""),
                    check.path("subject").asString(""),
                    check.path("detail").asString("")));
        }
        new Table(List.of("STATUS", "AREA", "SUBJECT", "SEEN")).print(rows, out);
        boolean first = true;
        for (JsonNode check : checks) {
            String remedy = check.path("remedy").asString("");
            if (!remedy.isEmpty()) {
                out.print(first ? System.lineSeparator() : "");
                out.println(Table.plain(check.path("area").asString("") + " "
                        + check.path("subject").asString("") + ": " + remedy));
                first = false;
            }
        }
    }
}
