package io.errand.cli;

import io.errand.api.DoctorReport;
import io.errand.api.Json;
import io.errand.cli.BrokerClient.Answer;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand doctor}. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Says whether everything that a broker needs is there and works, and what to do where it does not."
                        + " Exits 0 if all is well, 1 if there are warnings, 2 if there are errors or no broker answers.")
final class DoctorCommand extends BrokerCommand {

    private static final int UNAVAILABLE = 503;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Override
    int run() {
        DoctorReport report = report(broker());
        if (json) {
            out().println(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
        } else {
            print(report.checks());
        }
        return switch (report.status()) {
            case "ok" -> 0;
            case "warning" -> 1;
            default -> 2;
        };
    }

    private static DoctorReport report(BrokerClient broker) {
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
        return answer.as(DoctorReport.class);
    }

    /** A person's identities are looked up before anything else, so without its database the broker says only that. */
    private static DoctorReport withoutDatabase(Answer answer) {
        return new DoctorReport(
                "error",
                List.of(new DoctorReport.Check(
                        "database",
                        "connection",
                        "error",
                        answer.refusal(),
                        "Start PostgreSQL or mend the way to it; the readiness on the management port has the cause."
                                + " A token with the role errand.auditor alone gets the rest of the report.")));
    }

    private void print(List<DoctorReport.Check> checks) {
        table(
                List.of("STATUS", "AREA", "SUBJECT", "SEEN"),
                checks,
                check -> List.of(check.status(), check.area(), check.subject(), check.detail()));
        boolean first = true;
        for (DoctorReport.Check check : checks) {
            if (check.remedy() != null) {
                out().print(first ? System.lineSeparator() : "");
                out().println(Table.plain(check.area() + " " + check.subject() + ": " + check.remedy()));
                first = false;
            }
        }
    }
}
