package io.errand.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server under load, ended with all that it started. */
final class ServerProcess implements AutoCloseable {

    private static final Duration STARTUP = Duration.ofMinutes(4);
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Process process;
    private final Path log;
    private final Thread atExit;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.atExit = new Thread(this::stop, "stop-server");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    static ServerProcess start(List<String> command, Map<String, String> environment, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            return new ServerProcess(builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a process that does its work and ends. */
    void awaitEnd() throws InterruptedException {
        if (!process.waitFor(STARTUP.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new BenchFailed("A step of the preparation failed; see " + log);
        }
        close();
    }

    ServerProcess awaitReady(URI ready) throws InterruptedException {
        long end = System.nanoTime() + STARTUP.toNanos();
        try (HttpClient http = HttpClient.newHttpClient()) {
            while (System.nanoTime() < end) {
                if (process.waitFor(250, TimeUnit.MILLISECONDS)) {
                    throw new BenchFailed("A server ended while it started; see " + log);
                }
                if (answers(http, ready)) {
                    return this;
                }
            }
        }
        throw new BenchFailed("A server was not ready within " + STARTUP + "; see " + log);
    }

    private static boolean answers(HttpClient http, URI ready) throws InterruptedException {
        try {
            return http.send(HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private void stop() {
        // A script's own child is the server.
        List<ProcessHandle> all = process.descendants().toList();
        process.destroy();
        all.forEach(ProcessHandle::destroy);
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // it is running
        }
        stop();
    }
}
