package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.cli.ApplyCommand;
import io.errand.cli.BrokerClient;
import io.errand.cli.DevelopmentTokens;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code errand exec} as a process of its own: the credential ends with the command, however the command or the process ends. */
class ExecTest {

    private static final String AGENT = "invoice-triage";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final List<ProcessHandle> orphans = new ArrayList<>();
    private String address = broker.url();

    /** A command that says who it is when it is there. */
    private record Login(String url, String username, String password, long pid) {

        void attempt() throws SQLException {
            DriverManager.getConnection(url, username, password).close();
        }
    }

    @BeforeAll
    static void serve() {
        broker = new LocalBroker(DataDirectory.take(data), Ports.free());
        broker.start(Map.of());
        assertThat(ApplyCommand.apply(List.of(Path.of("..", "examples", "quickstart")), broker::client, line -> {}))
                .isEmpty();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void noOrphans() {
        orphans.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void theCommandHasItsLoginAndItsExitCodeAndNothingIsLeft() throws Exception {
        Process exec = exec(
                List.of(), "echo \"${ERRAND_WORKLOAD_TOKEN-none} $ERRAND_TASK_ID\" >seen; " + sayLogin() + "; exit 7");

        assertThat(exec.waitFor()).as(said()).isEqualTo(7);

        Login login = login();
        assertThat(login.username()).startsWith("errand_");
        assertThatThrownBy(login::attempt).isInstanceOf(SQLException.class);
        assertThat(exists(login)).isFalse();
        String[] seen = Files.readString(folder.resolve("seen")).strip().split(" ");
        assertThat(seen[0]).isEqualTo("none");
        assertThat(task(seen[1]).path("state").asString("")).isEqualTo("completed");
        assertThat(task(seen[1]).path("outcome").asString("")).isEqualTo("failed");
    }

    @Test
    void credentialsInFilesAreTheOwnersAloneAndGoWithTheTask() throws Exception {
        Process exec = exec(
                List.of("--file"),
                "env >seen; cat \"$ERRAND_ORDERS_DB_FILE\" >copy; stat -c %a \"$ERRAND_ORDERS_DB_FILE\" >mode");

        assertThat(exec.waitFor()).as(said()).isZero();

        String environment = Files.readString(folder.resolve("seen"));
        assertThat(environment).doesNotContain("PASSWORD");
        assertThat(Files.readString(folder.resolve("copy"))).contains("\"password\":");
        assertThat(Files.readString(folder.resolve("mode")).strip()).isEqualTo("600");
        Path file = Path.of(environment
                .lines()
                .filter(line -> line.startsWith("ERRAND_ORDERS_DB_FILE="))
                .findFirst()
                .orElseThrow()
                .substring("ERRAND_ORDERS_DB_FILE=".length()));
        assertThat(file).doesNotExist();
        assertThat(file.getParent()).doesNotExist();
    }

    @Test
    void aSignalIsTheCommandsToAnswer() throws Exception {
        Process exec = exec(List.of(), "trap 'exit 5' TERM; " + sayLogin() + "; while :; do sleep 0.05; done");
        Login login = awaitLogin();
        login.attempt();

        exec.destroy(); // SIGTERM

        assertThat(exec.waitFor()).as(said()).isEqualTo(5);
        assertThat(exists(login)).isFalse();
    }

    @Test
    void killedItLeavesNothingUsableAfterTheTasksEnd() throws Exception {
        Process exec = exec(List.of("--ttl", "PT4S"), sayLogin() + "; exec sleep 60");
        Login login = awaitLogin();
        login.attempt();

        exec.destroyForcibly().waitFor(); // SIGKILL: the command goes on, and so does nothing of its credential

        await("the login to be refused")
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThatThrownBy(login::attempt).isInstanceOf(SQLException.class));
        assertThat(ProcessHandle.of(login.pid())).isPresent();
        await("the login to be gone").atMost(Duration.ofSeconds(5)).until(() -> !exists(login));
    }

    @Test
    void cutOffItLeavesNothingUsableAfterTheTasksEnd() throws Exception {
        try (CutLine line = new CutLine(URI.create(broker.url()))) {
            address = line.url();
            Process exec = exec(List.of("--ttl", "PT4S"), sayLogin() + "; exec sleep 60");
            Login login = awaitLogin();
            login.attempt();

            line.cut(); // both go on, and cannot tell the broker anything

            await("the login to be refused")
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThatThrownBy(login::attempt).isInstanceOf(SQLException.class));
            assertThat(exec.isAlive()).isTrue();
            assertThat(ProcessHandle.of(login.pid())).isPresent();
            await("the login to be gone").atMost(Duration.ofSeconds(5)).until(() -> !exists(login));
            exec.destroyForcibly();
        }
    }

    @Test
    void aRefusalRunsNothing() throws Exception {
        Process exec = exec(List.of("--tool", "no-such-tool:read"), "touch ran");

        assertThat(exec.waitFor()).isEqualTo(1);
        assertThat(said()).isEqualToIgnoringNewLines("errand: The tool is unknown, or not one of this agent's.");
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void aCommandThatIsNotThereLeavesNoTask() throws Exception {
        Process exec = run(List.of(), "/no/such/command");

        assertThat(exec.waitFor()).isEqualTo(127);
        assertThat(said()).startsWith("errand: ").contains("/no/such/command");
        assertThat(broker.client()
                        .get("/admin/v1/tasks?agent=" + AGENT + "&state=active")
                        .body()
                        .path("items")
                        .values())
                .noneMatch(task -> task.path("purpose").asString("").equals(folder.toString()));
    }

    private static String sayLogin() {
        return "echo \"$ERRAND_ORDERS_DB_JDBC_URL $ERRAND_ORDERS_DB_USERNAME $ERRAND_ORDERS_DB_PASSWORD $$\" >login.new;"
                + " mv login.new login";
    }

    private Process exec(List<String> options, String script) throws IOException {
        return run(options, "sh", "-c", script);
    }

    private Process run(List<String> options, String... command) throws IOException {
        DevelopmentTokens tokens = broker.tokens();
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "exec",
                "--task",
                "triage",
                "--purpose",
                folder.toString(),
                "--tool",
                "orders-db:read"));
        line.addAll(options);
        line.add("--");
        line.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(folder.toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("ERRAND_URL", address);
        builder.environment()
                .put(
                        "ERRAND_WORKLOAD_TOKEN",
                        tokens.token(
                                tokens.workloads(),
                                AGENT,
                                DevelopmentTokens.AUDIENCE,
                                Duration.ofMinutes(2),
                                Map.of()));
        return builder.start();
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("err"));
    }

    private Login awaitLogin() throws IOException {
        await("the command to run").atMost(Duration.ofSeconds(30)).until(() -> Files.exists(folder.resolve("login")));
        return login();
    }

    private Login login() throws IOException {
        String[] said = Files.readString(folder.resolve("login")).strip().split(" ");
        long pid = Long.parseLong(said[3]);
        ProcessHandle.of(pid).ifPresent(orphans::add);
        return new Login(said[0], said[1], said[2], pid);
    }

    private static boolean exists(Login login) throws SQLException {
        try (var connection = broker.database().orElseThrow().connect(EmbeddedDatabase.TARGET);
                var query = connection.prepareStatement("SELECT FROM pg_roles WHERE rolname = ?")) {
            query.setString(1, login.username());
            return query.executeQuery().next();
        }
    }

    private static JsonNode task(String id) {
        BrokerClient.Answer found = broker.client().get("/admin/v1/tasks?agent=" + AGENT + "&limit=100");
        return found.body().path("items").values().stream()
                .filter(task -> task.path("id").asString("").equals(id))
                .findFirst()
                .orElseThrow();
    }
}
