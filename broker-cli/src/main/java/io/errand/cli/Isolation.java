package io.errand.cli;

import io.errand.cli.sandbox.Reach;
import io.errand.cli.sandbox.Sandbox;
import io.errand.client.Lease;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a command runs apart from its user's files, processes and network: a mixin for commands that run one. */
final class Isolation {

    private static final List<String> HOSTS = List.of("host", "hostname", "server");

    @Option(
            names = "--isolate",
            description = {
                "Run the command by bubblewrap: without the user's files, other processes, their environment, and any network but to"
                        + " the addresses in the task's credentials and --reach. Refused where there is no bubblewrap."
            })
    private boolean isolate;

    @Option(
            names = "--reach",
            paramLabel = "HOST:PORT",
            description = "With --isolate: another address that the command may connect to. May be repeated.")
    private List<String> reach = List.of();

    @Option(
            names = "--readable",
            paramLabel = "PATH",
            description = "With --isolate: a file or directory that the command may read. May be repeated.")
    private List<Path> readable = List.of();

    @Option(
            names = "--writable",
            paramLabel = "DIR",
            description = "With --isolate: a directory that the command may read and write. May be repeated.")
    private List<Path> writable = List.of();

    boolean isWanted() {
        return isolate;
    }

    /** Empty: the command runs as it is. */
    Optional<Sandbox> sandbox() {
        if (!isolate) {
            if (!reach.isEmpty() || !readable.isEmpty() || !writable.isEmpty()) {
                throw CommandFailed.usage("--reach, --readable and --writable are for --isolate, which is not there.");
            }
            return Optional.empty();
        }
        reach.forEach(Isolation::address);
        try {
            return Optional.of(Sandbox.of(readable, writable));
        } catch (IOException e) {
            throw new CommandFailed(String.valueOf(e.getMessage()), e);
        }
    }

    /** What the command may connect to: what its credentials name, and what was said. */
    List<Reach> reachable(List<Lease> leases) {
        Set<Reach> all = new LinkedHashSet<>();
        leases.forEach(lease -> named(lease.credential().data()).ifPresent(all::add));
        reach.forEach(text -> all.add(address(text)));
        return new ArrayList<>(all);
    }

    private static Optional<Reach> named(Map<String, Object> data) {
        @Nullable Object port = data.get("port");
        return HOSTS.stream()
                .map(data::get)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .findFirst()
                .flatMap(host -> Reach.of(host + ":" + port));
    }

    private static Reach address(String text) {
        return Reach.of(text)
                .orElseThrow(() ->
                        CommandFailed.usage("--reach is HOST:PORT, for example db.example:5432, not " + text + "."));
    }
}
