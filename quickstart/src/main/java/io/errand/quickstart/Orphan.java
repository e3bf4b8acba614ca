package io.errand.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A PostgreSQL that outlived its broker: the broker was killed, and nobody stopped the server that it had started. */
final class Orphan {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long LOOK_MILLIS = 50;

    private final Path pidFile;
    private final ProcessHandle server;

    private Orphan(Path pidFile, ProcessHandle server) {
        this.pidFile = pidFile;
        this.server = server;
    }

    /** Stops the server of this cluster if there is one. The caller has the data directory's lock, so nobody needs it. */
    static void stop(Path cluster) throws IOException {
        Optional<Orphan> orphan = find(cluster);
        if (orphan.isPresent()) {
            orphan.get().stop();
        }
    }

    /** The first line of {@code postmaster.pid} is the process; after a reboot that number may be anybody's. */
    private static Optional<Orphan> find(Path cluster) throws IOException {
        Path pidFile = cluster.resolve("postmaster.pid");
        try {
            String pid = Files.readAllLines(pidFile).getFirst().strip();
            return ProcessHandle.of(Long.parseLong(pid))
                    .filter(process -> process.info()
                            .commandLine()
                            .filter(line -> line.contains("postgres") && line.contains(cluster.toString()))
                            .isPresent())
                    .map(process -> new Orphan(pidFile, process));
        } catch (NoSuchFileException | NumberFormatException | NoSuchElementException e) {
            return Optional.empty();
        }
    }

    private void stop() throws IOException {
        try {
            // SIGINT is PostgreSQL's fast shutdown: it does not wait for sessions, and leaves nothing to recover.
            new ProcessBuilder("kill", "-INT", Long.toString(server.pid()))
                    .start()
                    .waitFor();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!isOver()) {
                if (System.nanoTime() > deadline) {
                    throw new IOException(
                            "the PostgreSQL of a broker that was killed, process " + server.pid() + ", does not stop");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Looks for a moment. A process that its parent never collects does not exit, but its file goes. */
    private boolean isOver() throws InterruptedException, IOException {
        try {
            server.onExit().get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return !Files.exists(pidFile);
        } catch (ExecutionException e) {
            throw new IOException(e);
        }
    }
}
