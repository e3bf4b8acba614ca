package io.errand.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A PostgreSQL that outlived its broker: the broker was killed, and nobody stopped the server that it had started. */
final class Orphan {

    private static final long SECONDS = 20;

    private Orphan() {}

    /** Stops the server of this cluster if there is one. The caller has the data directory's lock, so nobody needs it. */
    static void stop(Path cluster) throws IOException {
        Optional<ProcessHandle> orphan = find(cluster);
        if (orphan.isEmpty()) {
            return;
        }
        ProcessHandle server = orphan.get();
        try {
            // SIGINT is PostgreSQL's fast shutdown: it does not wait for sessions, and leaves nothing to recover.
            new ProcessBuilder("kill", "-INT", Long.toString(server.pid()))
                    .start()
                    .waitFor();
            server.onExit().get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(
                    "The PostgreSQL of a broker that was killed, process " + server.pid() + ", does not stop", e);
        } catch (ExecutionException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    /** The first line of {@code postmaster.pid} is the process; after a reboot that number may be anybody's. */
    private static Optional<ProcessHandle> find(Path cluster) throws IOException {
        try {
            String first = Files.readAllLines(cluster.resolve("postmaster.pid")).getFirst();
            return ProcessHandle.of(Long.parseLong(first.strip()))
                    .filter(process -> process.info()
                            .commandLine()
                            .filter(line -> line.contains("postgres") && line.contains(cluster.toString()))
                            .isPresent());
        } catch (NoSuchFileException | NumberFormatException | NoSuchElementException e) {
            return Optional.empty();
        }
    }
}
