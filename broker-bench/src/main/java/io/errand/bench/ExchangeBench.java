package io.errand.bench;

import io.errand.bench.Load.Figures;
import io.errand.bench.Side.Kind;
import io.errand.quickstart.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand bench exchange}. */
@Command(
        name = "exchange",
        mixinStandardHelpOptions = true,
        description = {
            "Token exchange, client credentials and introspection beside Keycloak's.",
            "Starts both on this machine, each with a PostgreSQL of its own that writes to disk, and asks them in turns. The"
                    + " first time, Maven downloads Keycloak."
        })
final class ExchangeBench extends Bench {

    @Option(
            names = "--connections",
            defaultValue = "16",
            description = "Requests under way at a time (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(names = "--only", paramLabel = "SIDE", description = "Only errand or only keycloak, to profile it.")
    private Optional<String> only = Optional.empty();

    @Option(
            names = "--without-log",
            description =
                    "Instead of Keycloak, an Errand whose events get no place in the audit log: what the log costs.")
    private boolean withoutLog;

    @Override
    void compare(Path folder, Servers servers, PrintWriter out) throws IOException, InterruptedException {
        Path root =
                Path.of(Optional.ofNullable(System.getProperty("errand.root")).orElse("."));
        List<Side> sides = new ArrayList<>();
        try {
            if (!only.equals(Optional.of("keycloak"))) {
                say("Starting Errand …");
                ErrandSide errand = ErrandSide.start(folder.resolve("errand"), Ports.any(), servers);
                sides.add(errand);
                sides.add(errand.withCredentials());
            }
            if (withoutLog) {
                say("Starting Errand without its log …");
                ErrandSide bare = ErrandSide.startWithoutLog(folder.resolve("without-log"), Ports.any(), servers);
                sides.add(bare);
                sides.add(bare.withCredentials());
            } else if (!only.equals(Optional.of("errand"))) {
                sides.addAll(keycloak(root, folder, servers));
            }
            new Report(measured(sides), sides, out).print();
        } finally {
            sides.reversed().forEach(Side::close);
        }
    }

    private List<Side> keycloak(Path root, Path folder, Servers servers) throws IOException, InterruptedException {
        say("Starting Keycloak …");
        Path home = KeycloakServer.distribution(root);
        String version = home.getFileName().toString().replace("keycloak-", "");
        Path data = folder.resolve("keycloak");
        KeycloakServer server = KeycloakServer.start(
                home, data, Ports.any(), servers, UUID.randomUUID().toString());
        return List.of(KeycloakSide.asItComes(server, data, version), KeycloakSide.withEvents(server, data, version));
    }

    /** Rounds within kinds, sides in turns within rounds and in another order each time. */
    private List<Report.Measured> measured(List<Side> sides) throws InterruptedException {
        List<Report.Measured> all = new ArrayList<>();
        for (Kind kind : withoutLog ? List.of(Kind.TOKEN_EXCHANGE) : List.of(Kind.values())) {
            List<Side> able = new ArrayList<>();
            for (Side side : sides) {
                if (run(side, kind, warmUp).isPresent()) {
                    able.add(side);
                } else {
                    say(side.name() + " has no " + kind.title() + " yet: its metadata does not list it.");
                }
            }
            for (int round = 0; round < rounds; round++) {
                for (Side side : round % 2 == 0 ? able : able.reversed()) {
                    Figures figures = run(side, kind, time).orElseThrow();
                    all.add(new Report.Measured(kind, round, side.name(), figures));
                }
                say(kind.title() + ": round " + (round + 1) + " of " + rounds);
            }
        }
        return all;
    }

    private Optional<Figures> run(Side side, Kind kind, Duration howLong) throws InterruptedException {
        Optional<Operation> operation = side.operation(kind, (int) (howLong.toSeconds() + 1) * Side.MOST_A_SECOND);
        return operation.isEmpty() ? Optional.empty() : Optional.of(new Load(connections, howLong).on(operation.get()));
    }
}
