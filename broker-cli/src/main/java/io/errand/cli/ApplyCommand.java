package io.errand.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code errand apply}. */
@Command(
        name = "apply",
        mixinStandardHelpOptions = true,
        description =
                "Create or replace resources from YAML, JSON and Cedar files. Nothing is sent if any file is malformed.")
public final class ApplyCommand implements Callable<Integer> {

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE|DIR",
            description = "A .yaml, .json or .cedar file, or a directory of such files. May be repeated.")
    private List<Path> files = List.of();

    @Option(
            names = "--allow-missing",
            description =
                    "Register agents, tools and task types that name issuers, tools, actions or agents which are not there yet.")
    private boolean allowMissing;

    @Option(
            names = "--revoke",
            description =
                    "End tasks that go on by identities which an agent or an issuer would lose; else that is refused.")
    private boolean revoke;

    @Option(
            names = "--no-probe",
            description = "Register tools without their targets making a credential first and ending it again, which"
                    + " shows that they can.")
    private boolean noProbe;

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<String> mistakes =
                apply(files, connection::broker, new Applying.How(allowMissing, revoke, !noProbe), line -> {
                    out.println(line);
                    out.flush();
                });
        PrintWriter err = spec.commandLine().getErr();
        mistakes.forEach(err::println);
        err.flush();
        return mistakes.isEmpty() ? 0 : 1;
    }

    /** The same, with probes. */
    public static List<String> apply(List<Path> files, Supplier<BrokerClient> broker, Consumer<String> done) {
        return apply(files, true, broker, done);
    }

    /**
     * Sends what the files hold.
     *
     * @param probe whether a tool's target makes a credential first and ends it again
     * @param broker asked for only when all files are well-formed
     * @param done told of each resource: {@code created agent invoice-triage}
     * @return what is wrong, a line each; empty if all was applied
     */
    static List<String> apply(List<Path> files, boolean probe, Supplier<BrokerClient> broker, Consumer<String> done) {
        return apply(files, broker, new Applying.How(false, false, probe), done);
    }

    private static List<String> apply(
            List<Path> files, Supplier<BrokerClient> broker, Applying.How how, Consumer<String> done) {
        ResourceFiles read = ResourceFiles.read(files);
        if (!read.mistakes().isEmpty()) {
            return read.mistakes().stream().map(Mistake::toString).toList();
        }
        if (read.resources().isEmpty()) {
            return List.of("There is no resource in " + files.getFirst() + ".");
        }
        Applying applying = new Applying(broker.get(), how, read.resources());
        for (Resource resource : read.resources()) {
            switch (applying.apply(resource)) {
                case Applying.Outcome.Applied(String verb, List<String> warnings) -> {
                    done.accept(verb + " " + resource);
                    warnings.forEach(warning -> done.accept("  warning: " + warning));
                }
                case Applying.Outcome.Refused(Mistake mistake) -> {
                    return List.of(mistake.toString());
                }
            }
        }
        return List.of();
    }
}
