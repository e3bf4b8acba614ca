package io.errand.quickstart.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.cli.BrokerClient;
import io.errand.cli.Connection;
import io.errand.cli.DevelopmentKey;
import io.errand.cli.DevelopmentTokens;
import io.errand.cli.ServeFile;
import io.errand.quickstart.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** The broker that README.md has its reader start, in a directory of its own and at another port. */
final class ServedByReadme implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** What the comment beside the command says that it prints. */
    private static final Pattern PROMISE = Pattern.compile("# prints: (.*?), ");

    private final Path folder;
    private final String url;
    private final Process shell;

    /** @param folder empty */
    ServedByReadme(Path folder) throws IOException {
        this.folder = folder;
        url = "http://127.0.0.1:" + Ports.free().broker();
        String block = Page.block("README.md", "serve");
        Matcher promise = PROMISE.matcher(block);
        assertThat(promise.find()).isTrue();
        String typed = block.replace("errand serve", "errand serve --port " + url.substring(url.lastIndexOf(':') + 1));
        assertThat(typed).isNotEqualTo(block);
        Path said = folder.resolve("said");
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", typed + "wait")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().putAll(environment(folder));
        shell = builder.start();
        await("README.md's broker")
                .atMost(PATIENCE)
                .until(() -> !shell.isAlive() || read(said).contains("console"));
        assertThat(read(said)).contains(promise.group(1).replace("http://127.0.0.1:9000", url), "The console is at");
    }

    /** With the launcher and the examples in the directory, as in the repository's root. */
    Map<String, String> environment(Path directory) throws IOException {
        Path root = Path.of("..").toRealPath();
        for (String shared : List.of("examples", "docs")) {
            Files.createSymbolicLink(directory.resolve(shared), root.resolve(shared));
        }
        program(
                directory.resolve("errand"),
                "exec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                        + "' -XX:TieredStopAtLevel=1 -Xshare:auto -cp '" + System.getProperty("java.class.path")
                        + "' io.errand.quickstart.Main \"$@\"");
        return Map.of(
                "PATH",
                directory + ":" + Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"),
                "HOME",
                directory.toString(),
                "LANG",
                "C.UTF-8",
                // Libraries and PostgreSQL are where they are for whoever runs the tests.
                "XDG_CACHE_HOME",
                System.getenv()
                        .getOrDefault(
                                "XDG_CACHE_HOME",
                                Path.of(System.getProperty("user.home"), ".cache")
                                        .toString()),
                "MAVEN_OPTS",
                "-Duser.home=" + System.getProperty("user.home"));
    }

    private static void program(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The exit code of commands that are typed in a directory. */
    int type(Path directory, String commands) throws IOException, InterruptedException {
        if (!Files.exists(directory.resolve(".errand"))) {
            Files.createSymbolicLink(directory.resolve(".errand"), data().toRealPath());
            environment(directory);
        }
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", commands)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("typed").toFile());
        builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
        return builder.start().waitFor();
    }

    /** The server of the target {@code orders}, as its superuser. */
    java.sql.Connection targetServer() throws IOException, SQLException {
        JsonNode kept = Json.mapper().readTree(read(data().resolve("postgres.json")));
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + kept.path("port").asInt() + "/orders",
                "postgres",
                kept.path("superuser").asString());
    }

    String url() {
        return url;
    }

    Path data() {
        return folder.resolve(".errand");
    }

    /** As the development administrator. */
    BrokerClient client() {
        return Connection.toLocal(data());
    }

    /** A token as its platform would put it beside the workload. */
    String workloadToken(String subject) {
        DevelopmentKey key = DevelopmentKey.load(data()).orElseThrow();
        DevelopmentTokens tokens =
                new DevelopmentTokens(key, ServeFile.read(data()).devIssuerUrl(), Clock.systemUTC());
        return tokens.token(tokens.workloads(), subject, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(15), Map.of());
    }

    @Override
    public void close() {
        shell.children().forEach(ProcessHandle::destroy);
        shell.onExit().join();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
