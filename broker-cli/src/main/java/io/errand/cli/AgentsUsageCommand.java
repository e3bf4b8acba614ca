package io.errand.cli;

import io.errand.api.AgentUsageView;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand agents usage}. */
@Command(
        name = "usage",
        mixinStandardHelpOptions = true,
        description =
                "Say what an agent may have, what of it was granted and used, and what it asked for and did not get.")
final class AgentsUsageCommand extends BrokerCommand {

    @Parameters(paramLabel = "NAME", description = "The agent.")
    private String name = "";

    @Option(
            names = "--since",
            paramLabel = "DURATION",
            description = "How far back is looked, P1D to P90D; by default ${DEFAULT-VALUE}.")
    private Duration since = Duration.ofDays(30);

    @Override
    int run() {
        AgentUsageView use = broker().get("/admin/v1/agents/" + BrokerClient.encoded(name) + "/usage?since=" + since)
                .as(AgentUsageView.class);
        table(
                List.of(
                        "TOOL",
                        "ACTION",
                        "CEILING",
                        "GRANTED",
                        "HANDED ON",
                        "USED",
                        "SEEN AT TARGET",
                        "REFUSED",
                        "LAST"),
                use.actions(),
                one -> List.of(
                        one.tool(),
                        one.action(),
                        one.inCeiling() ? "yes" : "no",
                        Long.toString(one.granted()),
                        Long.toString(one.handedOn()),
                        Long.toString(one.used()),
                        Long.toString(one.observed()),
                        one.refused() == 0 ? "0" : one.refused() + " (" + Objects.toString(one.reason(), "-") + ")",
                        last(one)));
        if (!use.complete() || !use.refusalsComplete()) {
            out().println("The agent did more than is looked at; the newest was.");
        }
        return 0;
    }

    private static String last(AgentUsageView.Action one) {
        return Objects.toString(
                one.lastUsed() != null ? one.lastUsed() : or(one.lastObserved(), one.lastGranted()), "-");
    }

    private static <T> @Nullable T or(@Nullable T one, @Nullable T other) {
        return one == null ? other : one;
    }
}
