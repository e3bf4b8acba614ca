package io.errand.cli;

import io.errand.api.PolicyReplay;
import io.errand.api.PolicyReplayReport;
import io.errand.api.PolicyReplayReport.Difference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand policy replay}. */
@Command(
        name = "replay",
        description = {
            "List the past decisions that would be others if this set were in force instead of the one of its name.",
            "Exit code 1 if there are any."
        })
final class PolicyReplayCommand extends BrokerCommand {

    /** Without the usual {@code --version} beside it, which here is the set's. */
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean help;

    @Parameters(
            paramLabel = "NAME|FILE",
            description = "A policy set, of which the newest version is taken, or a .cedar file, named after its set.")
    private String what = "";

    @Option(names = "--since", paramLabel = "DURATION", description = "How far back (by default PT24H, at most P30D).")
    private Duration since = Duration.ofDays(1);

    @Option(names = "--name", paramLabel = "NAME", description = "The set that the file is to replace.")
    private @Nullable String name;

    @Option(names = "--version", paramLabel = "N", description = "A version of the set instead of the newest.")
    private @Nullable Integer version;

    @Override
    int run() {
        @Nullable
        PolicyFile file =
                what.endsWith(".cedar") || Files.isRegularFile(Path.of(what)) ? PolicyFile.read(Path.of(what)) : null;
        BrokerClient.Answer answer = broker().post("/admin/v1/policies/replay", asked(file));
        PolicyReplayReport report = (file == null ? answer : file.accepted(answer)).as(PolicyReplayReport.class);
        List<Difference> differences = report.differences();
        if (!differences.isEmpty()) {
            table(
                    List.of("DECISION", "AT", "AGENT", "TOOL", "WAS", "WOULD BE"),
                    differences,
                    difference -> List.of(
                            difference.decision(),
                            difference.at().toString(),
                            difference.agent(),
                            difference.tool() + " " + String.join(",", difference.actions()),
                            said(difference.was()),
                            said(difference.now())
                                    + (difference.registrationChanged() ? " (agent or tool changed since)" : "")));
        }
        out().println(report.replayed() + " replayed, " + report.same() + " the same, " + differences.size()
                + " different, " + report.skipped() + " skipped" + (report.truncated() ? "; there are more" : ""));
        return differences.isEmpty() ? 0 : 1;
    }

    private PolicyReplay asked(@Nullable PolicyFile file) {
        return file == null
                ? new PolicyReplay(what, null, version, since, null)
                : new PolicyReplay(name == null ? file.set() : name, file.text(), null, since, null);
    }

    private static String said(PolicyReplayReport.Answer answer) {
        return answer.policies().isEmpty()
                ? answer.effect()
                : answer.effect() + " by " + String.join(",", answer.policies());
    }
}
