package io.errand.cli;

import io.errand.api.Json;
import io.errand.api.ToolProbe;
import io.errand.api.ToolProbeRequest;
import io.errand.api.ToolResource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code errand tools}. */
@Command(
        name = "tools",
        mixinStandardHelpOptions = true,
        description = "List the tools; probe whether one's binding works.",
        subcommands = ToolsCommand.Probe.class)
public final class ToolsCommand extends BrokerCommand {

    private static final String PATH = "/admin/v1/tools";

    @Override
    int run() {
        table(
                List.of("TOOL", "BACKEND", "ENVIRONMENT", "SENSITIVITY", "ACTIONS"),
                AgentsCommand.pages(broker(), PATH, ToolResource.class),
                tool -> List.of(
                        or(tool.name()),
                        or(tool.backend()),
                        or(tool.environment()),
                        or(tool.sensitivity()),
                        String.join(",", Objects.requireNonNullElse(tool.actions(), List.of()))));
        return 0;
    }

    private static String or(@Nullable Object value) {
        return Objects.toString(value, "-");
    }

    /** Those of a refusal. */
    static List<ToolProbe> probes(JsonNode list) {
        return list.values().stream()
                .map(one -> Json.mapper().treeToValue(one, ToolProbe.class))
                .toList();
    }

    /** Nothing where nothing was probed. */
    static void show(BrokerCommand command, List<ToolProbe> probes) {
        if (!probes.isEmpty()) {
            command.table(
                    List.of("TOOL", "ACTION", "RESULT", "LEASE", "WHAT WAS SEEN"),
                    probes,
                    probe -> List.of(
                            probe.tool(),
                            or(probe.action()),
                            probe.step() == null ? probe.result() : probe.result() + " (" + probe.step() + ")",
                            or(probe.lease()),
                            probe.detail()));
            command.out().flush();
        }
    }

    /** {@code errand tools probe}. */
    @Command(
            name = "probe",
            mixinStandardHelpOptions = true,
            description = "Make a credential for one action of a tool, use it, end it and see it gone. Exits 0 if that"
                    + " works, 1 if not.")
    static final class Probe extends BrokerCommand {

        @Parameters(paramLabel = "NAME", description = "The tool.")
        private String name = "";

        @Option(
                names = "--action",
                paramLabel = "ACTION",
                description = "For which of its actions; default: its least.")
        private @Nullable String action;

        @Mixin
        private Person person = new Person();

        @Override
        BrokerClient broker(Connection to) {
            return person.at(to, List.of());
        }

        @Override
        int run() {
            ToolProbe probe = broker().post(
                            PATH + "/" + BrokerClient.encoded(name) + "/probe", new ToolProbeRequest(action))
                    .as(ToolProbe.class);
            show(this, List.of(probe));
            return probe.result().equals(ToolProbe.WORKS) ? 0 : 1;
        }
    }
}
