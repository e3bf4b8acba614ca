package io.errand.bench;

import io.errand.api.Json;
import io.errand.bench.Load.Figures;
import io.errand.cli.CommandFailed;
import io.errand.quickstart.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code errand bench credentials}. */
@Command(
        name = "credentials",
        mixinStandardHelpOptions = true,
        description = {
            "PostgreSQL logins, made and ended, beside Vault's database engine.",
            "Starts `errand serve`, whose PostgreSQL writes to disk, and a Vault with integrated storage that makes its logins at"
                    + " the same server, and asks them in turns."
        })
final class CredentialBench implements Callable<Integer> {

    private static final String MADE = "made";
    private static final String ENDED = "ended, seen gone";

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "How often each is measured (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--time",
            defaultValue = "PT10S",
            description = "How long logins are made each time; then all of them are ended (default: ${DEFAULT-VALUE}).")
    private Duration time = Duration.ofSeconds(10);

    @Option(names = "--warm-up", defaultValue = "PT20S", description = "Before the first (default: ${DEFAULT-VALUE}).")
    private Duration warmUp = Duration.ofSeconds(20);

    @Option(
            names = "--connections",
            split = ",",
            defaultValue = "1,16",
            description = "Requests under way at a time (default: ${DEFAULT-VALUE}).")
    private List<Integer> connections = List.of(1, 16);

    @Option(
            names = "--iterations",
            split = ",",
            defaultValue = "1,4096",
            description =
                    "SCRAM iterations of the broker's logins (default: ${DEFAULT-VALUE}); Vault's have the server's.")
    private List<Integer> iterations = List.of(1, 4096);

    @Option(
            names = "--pool",
            defaultValue = "16",
            description = "Database connections of the broker (default: ${DEFAULT-VALUE}).")
    private int pool;

    @Option(names = "--heap", defaultValue = "768m", description = "Heap of the broker (default: ${DEFAULT-VALUE}).")
    private String heap = "768m";

    @Option(names = "--errand-option", paramLabel = "OPTION", description = "A further option of the broker's JVM.")
    private List<String> errandOptions = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    private record Key(String side, int connections, String what) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path vault = VaultServer.binary()
                .orElseThrow(() ->
                        new CommandFailed("No Vault: name its binary in ERRAND_VAULT_BIN, or put it on the path."));
        Path folder = Files.createTempDirectory("errand-bench");
        List<AutoCloseable> open = new ArrayList<>();
        try {
            List<CredentialSide> sides = new ArrayList<>();
            Path first = null;
            for (int count : iterations) {
                say("Starting Errand with " + count + " iterations …");
                Path data = folder.resolve("errand-" + count);
                ErrandSide errand = ErrandSide.start(
                        data,
                        Ports.any(),
                        new Servers(heap, pool, errandOptions),
                        Map.of("ERRAND_TARGETS_ORDERS_SCRAMITERATIONS", Integer.toString(count)));
                open.add(errand);
                sides.add(new LoginErrand(errand, count));
                first = first == null ? data : first;
            }
            say("Starting Vault …");
            if (first == null) {
                throw new CommandFailed("Give --iterations at least one number.");
            }
            VaultServer other = VaultServer.start(
                    vault,
                    Files.createDirectories(folder.resolve("vault")),
                    Ports.any(),
                    Ports.any(),
                    Json.mapper().readTree(Files.readString(first.resolve("postgres.json"))));
            open.add(other);
            sides.add(other);
            print(measured(sides), sides, other, spec.commandLine().getOut());
            return 0;
        } catch (BenchFailed e) {
            throw new CommandFailed("The bench failed: " + e.getMessage(), e);
        } finally {
            for (AutoCloseable one : open.reversed()) {
                close(one);
            }
            ExchangeBench.delete(folder);
        }
    }

    private static void close(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            throw new BenchFailed("A server did not end: " + e, e);
        }
    }

    /** Sides in turns within rounds, and in another order each time. */
    private Map<Key, List<Figures>> measured(List<CredentialSide> sides) throws InterruptedException {
        Map<Key, List<Figures>> all = new LinkedHashMap<>();
        int most = connections.stream().mapToInt(Integer::intValue).max().orElse(1);
        for (CredentialSide side : sides) {
            measure(side, most, warmUp, new LinkedHashMap<>());
        }
        for (int round = 0; round < rounds; round++) {
            for (int count : connections) {
                for (CredentialSide side : round % 2 == 0 ? sides : sides.reversed()) {
                    measure(side, count, time, all);
                }
            }
            say("round " + (round + 1) + " of " + rounds);
        }
        return all;
    }

    private static void measure(CredentialSide side, int connections, Duration time, Map<Key, List<Figures>> all)
            throws InterruptedException {
        ConcurrentLinkedQueue<String> made = new ConcurrentLinkedQueue<>();
        CredentialLoad load = new CredentialLoad(side, connections);
        all.computeIfAbsent(new Key(side.name(), connections, MADE), key -> new ArrayList<>())
                .add(load.make(time, made));
        all.computeIfAbsent(new Key(side.name(), connections, ENDED), key -> new ArrayList<>())
                .add(load.end(made));
    }

    private void print(Map<Key, List<Figures>> all, List<CredentialSide> sides, CredentialSide other, PrintWriter out) {
        for (int count : connections) {
            for (String what : List.of(MADE, ENDED)) {
                out.println();
                Spread.head(out, "logins " + what + ", " + count + " at a time");
                for (CredentialSide side : sides) {
                    Spread.line(out, side.name(), of(all, side, count, what));
                }
                for (CredentialSide side : sides) {
                    if (side instanceof LoginErrand) {
                        Spread.ratio(
                                out,
                                side.name(),
                                of(all, side, count, what),
                                other.name(),
                                of(all, other, count, what),
                                "rate",
                                Figures::rate);
                    }
                }
            }
        }
        out.flush();
    }

    private static List<Figures> of(Map<Key, List<Figures>> all, CredentialSide side, int connections, String what) {
        return all.getOrDefault(new Key(side.name(), connections, what), List.of());
    }

    private void say(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(line);
        err.flush();
    }
}
