package io.errand.cli;

import io.errand.api.PolicyResource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code errand policy save}. */
@Command(
        name = "save",
        mixinStandardHelpOptions = true,
        description = "Save a new version of a policy set: in force at once, or as a draft that decides nothing.")
final class PolicySaveCommand extends BrokerCommand {

    @Parameters(paramLabel = "FILE", description = "A .cedar file, named after its set.")
    private Path file = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "The set, where the file is not named after it.")
    private @Nullable String name;

    @Option(names = "--draft", description = "Only keep it; `errand policy activate` puts it in force.")
    private boolean draft;

    @Mixin
    private Reason reason = new Reason();

    @Override
    int run() {
        PolicyFile policies = PolicyFile.read(file);
        String set = name == null ? policies.set() : name;
        PolicyResource saved = policies.accepted(broker().put(
                                "/admin/v1/policies/" + BrokerClient.encoded(set),
                                Map.of(
                                        "cedar",
                                        policies.text(),
                                        "status",
                                        draft ? "draft" : "active",
                                        "reason",
                                        reason.text())))
                .as(PolicyResource.class);
        out().println(set + " version " + saved.version() + (draft ? " is saved as a draft" : " is in force"));
        Objects.requireNonNullElse(saved.warnings(), List.<String>of())
                .forEach(warning -> out().println("  warning: " + warning));
        return 0;
    }
}
