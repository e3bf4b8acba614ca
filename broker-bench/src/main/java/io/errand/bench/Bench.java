package io.errand.bench;

import io.errand.cli.CommandFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A comparison: servers that are started in a folder of their own, and measured in turns. */
abstract class Bench implements Callable<Integer> {

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "How often each is measured (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(names = "--time", defaultValue = "PT10S", description = "How long each time (default: ${DEFAULT-VALUE}).")
    Duration time = Duration.ofSeconds(10);

    @Option(names = "--warm-up", defaultValue = "PT20S", description = "Before the first (default: ${DEFAULT-VALUE}).")
    Duration warmUp = Duration.ofSeconds(20);

    @Option(
            names = "--pool",
            defaultValue = "16",
            description = "Database connections of each server (default: ${DEFAULT-VALUE}).")
    private int pool;

    @Option(names = "--heap", defaultValue = "768m", description = "Heap of each server (default: ${DEFAULT-VALUE}).")
    private String heap = "768m";

    @Option(names = "--errand-option", paramLabel = "OPTION", description = "A further option of the broker's JVM.")
    private List<String> errandOptions = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public final Integer call() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("errand-bench");
        try {
            compare(
                    folder,
                    new Servers(heap, pool, errandOptions),
                    spec.commandLine().getOut());
            return 0;
        } catch (BenchFailed e) {
            throw new CommandFailed("The bench failed: " + e.getMessage(), e);
        } finally {
            delete(folder);
        }
    }

    /** @param folder which is deleted afterwards, when no server runs in it any more */
    abstract void compare(Path folder, Servers servers, PrintWriter out) throws IOException, InterruptedException;

    final void say(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(line);
        err.flush();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
