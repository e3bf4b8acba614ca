package io.errand.quickstart;

import static org.awaitility.Awaitility.await;

import io.errand.cli.BrokerClient;
import io.errand.cli.DevelopmentTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code errand exec} as a process of its own, with a folder where the command leaves what it has to tell. */
final class Exec implements AutoCloseable {

    static final String AGENT = "invoice-triage";

    /** Shell: says where the login is to be used, and who the command is. */
    static final String SAY_LOGIN =
            "echo \"$ERRAND_ORDERS_DB_JDBC_URL $ERRAND_ORDERS_DB_USERNAME $ERRAND_ORDERS_DB_PASSWORD $$\" >login.new;"
                    + " mv login.new login";

    private final LocalBroker broker;
    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private final List<ProcessHandle> started = new ArrayList<>();
    private @Nullable String copies;

    Exec(LocalBroker broker, Path folder) {
        this.broker = broker;
        this.folder = folder;
        with("ERRAND_URL", broker.url());
    }

    Exec with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs commands as a user without any right of its own, with copies of the classes in this directory. */
    Exec unprivileged(Path classes) throws IOException {
        Unprivileged.open(folder, "rwxrwxrwx");
        copies = Unprivileged.classes(classes);
        return this;
    }

    /** The class path of the errand command. */
    String classes() {
        return copies == null ? System.getProperty("java.class.path") : copies;
    }

    /** A login as the command has it. */
    record Login(String url, String username, String password, long pid) {

        void attempt() throws SQLException {
            DriverManager.getConnection(url, username, password).close();
        }
    }

    Process script(List<String> options, String script) throws IOException {
        return run(options, "sh", "-c", script);
    }

    /** The task is for reading orders, and its purpose is the folder. */
    Process run(List<String> options, String... command) throws IOException {
        List<String> line = new ArrayList<>(
                List.of("exec", "--task", "triage", "--purpose", folder.toString(), "--tool", "orders-db:read"));
        line.addAll(options);
        line.add("--");
        line.addAll(List.of(command));
        return errand(line);
    }

    /** The errand command with these arguments and a fresh workload token. */
    Process errand(List<String> arguments) throws IOException {
        // Whoever runs the tests may ignore signals, as nohup does, and what is ignored is inherited.
        List<String> line = new ArrayList<>(List.of(
                "/usr/bin/env",
                "--default-signal=HUP,INT,TERM",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", // as the launcher does
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-cp",
                classes(),
                copies == null ? Main.class.getName() : io.errand.cli.Main.class.getName()));
        line.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(copies == null ? line : Unprivileged.as(line))
                .directory(folder.toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("ERRAND_WORKLOAD_TOKEN", token());
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process.toHandle());
        return process;
    }

    /** A fresh one of the workload. */
    String token() {
        DevelopmentTokens tokens = broker.tokens();
        return tokens.token(tokens.workloads(), AGENT, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(2), Map.of());
    }

    /** What it printed to its standard error. */
    String said() throws IOException {
        return Files.readString(folder.resolve("err"));
    }

    Login awaitLogin() throws IOException {
        await("the command to run").atMost(Duration.ofSeconds(90)).until(() -> Files.exists(folder.resolve("login")));
        return login();
    }

    Login login() throws IOException {
        String[] said = Files.readString(folder.resolve("login")).strip().split(" ");
        long pid = Long.parseLong(said[3]);
        ProcessHandle.of(pid).ifPresent(started::add);
        return new Login(said[0], said[1], said[2], pid);
    }

    /** Whether the database knows the login. */
    boolean exists(Login login) throws SQLException {
        try (var connection = broker.database().orElseThrow().connect(EmbeddedDatabase.TARGET);
                var query = connection.prepareStatement("SELECT FROM pg_roles WHERE rolname = ?")) {
            query.setString(1, login.username());
            return query.executeQuery().next();
        }
    }

    /** The one task of this folder. */
    JsonNode task() {
        return items("/admin/v1/tasks?agent=" + AGENT + "&limit=100").stream()
                .filter(task -> task.path("purpose").asString("").equals(folder.toString()))
                .findFirst()
                .orElseThrow();
    }

    List<JsonNode> items(String path) {
        BrokerClient.Answer answer = broker.client().get(path);
        if (!answer.isSuccess()) {
            throw new AssertionError(answer.refusal());
        }
        return List.copyOf(answer.body().path("items").values());
    }

    /** Ends what was started and is still there. */
    @Override
    public void close() {
        started.forEach(ProcessHandle::destroyForcibly);
    }
}
