package io.errand.cli;

import io.errand.api.Json;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand policy replay}. */
@Command(
        name = "replay",
        description = {
            "List the past decisions that would be others if this set were in force instead of the one of its name.",
            "Exit code 1 if there are any."
        })
final class PolicyReplayCommand implements Callable<Integer> {

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

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        @Nullable
        PolicyFile file =
                what.endsWith(".cedar") || Files.isRegularFile(Path.of(what)) ? PolicyFile.read(Path.of(what)) : null;
        BrokerClient.Answer answer = connection
                .broker()
                .post("/admin/v1/policies/replay", Json.mapper().valueToTree(asked(file)));
        if (!answer.isSuccess()) {
            throw file == null ? new CommandFailed(answer.refusal()) : file.failed(answer);
        }
        JsonNode report = answer.body();
        PrintWriter out = spec.commandLine().getOut();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode difference : report.path("differences")) {
            rows.add(List.of(
                    difference.path("decision").asString(""),
                    difference.path("at").asString(""),
                    difference.path("agent").asString(""),
                    difference.path("tool").asString("") + " " + Table.joined(difference.path("actions")),
                    said(difference.path("was")),
                    said(difference.path("now"))
                            + (difference.path("registration_changed").asBoolean(false)
                                    ? " (agent or tool changed since)"
                                    : "")));
        }
        if (!rows.isEmpty()) {
            new Table(List.of("DECISION", "AT", "AGENT", "TOOL", "WAS", "WOULD BE")).print(rows, out);
        }
        out.println(report.path("replayed").asInt(0) + " replayed, "
                + report.path("same").asInt(0) + " the same, "
                + rows.size() + " different, "
                + report.path("skipped").asInt(0) + " skipped"
                + (report.path("truncated").asBoolean(false) ? "; there are more" : ""));
        out.flush();
        return rows.isEmpty() ? 0 : 1;
    }

    private Map<String, Object> asked(@Nullable PolicyFile file) {
        Map<String, Object> asked = new LinkedHashMap<>();
        if (file != null) {
            asked.put("name", name == null ? file.set() : name);
            asked.put("cedar", file.text());
        } else {
            asked.put("name", what);
            if (version != null) {
                asked.put("version", version);
            }
        }
        asked.put("since", since.toString());
        return asked;
    }

    private static String said(JsonNode answer) {
        String effect = answer.path("effect").asString("");
        String policies = Table.joined(answer.path("policies"));
        return policies.isEmpty() ? effect : effect + " by " + policies;
    }
}
