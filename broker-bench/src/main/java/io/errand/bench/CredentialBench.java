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
import java.util.concurrent.ConcurrentLinkedQueue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand bench credentials}. */
@Command(
        name = "credentials",
        mixinStandardHelpOptions = true,
        description = {
            "PostgreSQL logins, made for --time and then all ended, beside Vault's database engine.",
            "Starts `errand serve`, whose PostgreSQL writes to disk, and a Vault with integrated storage that makes its logins at"
                    + " the same server, and asks them in turns."
        })
final class CredentialBench extends Bench {

    private static final String MADE = "made";
    private static final String ENDED = "ended, seen gone";

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
            names = "--vault-login",
            defaultValue = "SUPERUSER",
            description = {
                "What Vault makes its logins with: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
                "The server asks a superuser nothing; BROKER is the broker's own login."
            })
    private VaultLogin vaultLogin = VaultLogin.SUPERUSER;

    private record Key(String side, int connections, String what) {}

    @Override
    void compare(Path folder, Servers servers, PrintWriter out) throws IOException, InterruptedException {
        Path vault = VaultServer.binary()
                .orElseThrow(() ->
                        new CommandFailed("No Vault: name its binary in ERRAND_VAULT_BIN, or put it on the path."));
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
                        servers,
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
                    Json.mapper().readTree(Files.readString(first.resolve("postgres.json"))),
                    vaultLogin);
            open.add(other);
            sides.add(other);
            print(measured(sides), sides, other, out);
        } finally {
            for (AutoCloseable one : open.reversed()) {
                close(one);
            }
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
}
