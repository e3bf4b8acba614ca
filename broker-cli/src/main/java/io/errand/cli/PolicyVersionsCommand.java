package io.errand.cli;

import io.errand.api.PolicyVersionView;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code errand policy versions}. */
@Command(
        name = "versions",
        mixinStandardHelpOptions = true,
        description = "List the versions of a policy set, newest first, at most 500.")
final class PolicyVersionsCommand extends BrokerCommand {

    @Parameters(paramLabel = "NAME", description = "The set.")
    private String name = "";

    @Override
    int run() {
        table(
                List.of("VERSION", "STATUS", "SAVED", "AUTHOR", "REASON"),
                broker().get("/admin/v1/policies/" + BrokerClient.encoded(name) + "/versions?limit=500")
                        .page(PolicyVersionView.class)
                        .items(),
                version -> List.of(
                        Integer.toString(version.version()),
                        version.status(),
                        version.createdAt().toString(),
                        version.author(),
                        Objects.requireNonNullElse(version.reason(), "")));
        return 0;
    }
}
