package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code errand exec} as a process of its own: the credential ends with the command, however the command or the process ends. */
class ExecTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Exec exec;

    @BeforeAll
    static void serve() {
        broker = Served.quickstart(data);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void here() {
        exec = new Exec(broker, folder);
    }

    @AfterEach
    void noOrphans() {
        exec.close();
    }

    @Test
    void theCommandHasItsLoginAndItsExitCodeAndNothingIsLeft() throws Exception {
        Process process = exec.script(
                List.of(),
                "echo \"${ERRAND_WORKLOAD_TOKEN-none} $ERRAND_TASK_ID\" >seen; " + Exec.SAY_LOGIN + "; exit 7");

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(7);

        Exec.Login login = exec.login();
        assertThat(login.username()).startsWith("errand_");
        assertThatThrownBy(login::attempt).isInstanceOf(SQLException.class);
        assertThat(exec.exists(login)).isFalse();
        String[] seen = Files.readString(folder.resolve("seen")).strip().split(" ");
        assertThat(seen[0]).isEqualTo("none");
        assertThat(exec.task().path("id").asString("")).isEqualTo(seen[1]);
        assertThat(exec.task().path("state").asString("")).isEqualTo("completed");
        assertThat(exec.task().path("outcome").asString("")).isEqualTo("failed");
    }

    @Test
    void credentialsInFilesAreTheOwnersAloneAndGoWithTheTask() throws Exception {
        Process process = exec.script(
                List.of("--file"),
                "env >seen; cat \"$ERRAND_ORDERS_DB_FILE\" >copy; stat -c %a \"$ERRAND_ORDERS_DB_FILE\" >mode");

        assertThat(process.waitFor()).as(exec.said()).isZero();

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
    void credentialsFromADescriptorAreReadOnceAndNowhereElse() throws Exception {
        Process process = exec.with("XDG_RUNTIME_DIR", folder.toString())
                .script(
                        List.of("--fd"),
                        "env >seen; tr '\\0' ' ' </proc/$$/cmdline >>seen; cat <&$ERRAND_CREDENTIALS_FD >first;"
                                + " cat <&3 >second; ls \"$XDG_RUNTIME_DIR\"/errand-task*/ >left; cat >input; exit 3");
        try (OutputStream input = process.getOutputStream()) {
            input.write("typed".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(3);

        JsonNode first = Json.mapper().readTree(folder.resolve("first")).path("orders-db");
        assertThat(first.path("username").asString()).startsWith("errand_");
        assertThat(Files.readString(folder.resolve("seen")))
                .contains("ERRAND_CREDENTIALS_FD=3")
                .doesNotContain(first.path("password").asString(), "PASSWORD");
        assertThat(folder.resolve("second")).isEmptyFile();
        assertThat(folder.resolve("left")).isEmptyFile();
        assertThat(folder.resolve("input")).hasContent("typed");
    }

    @Test
    void aCommandThatIsNotThereIsNotThereByDescriptorEither() throws Exception {
        Process process = exec.run(List.of("--fd"), "/no/such/command");

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(127);
        assertThat(exec.task().path("state").asString()).isEqualTo("completed");
    }

    @Test
    void aSignalIsTheCommandsToAnswer() throws Exception {
        Process process =
                exec.script(List.of(), "trap 'exit 5' TERM; " + Exec.SAY_LOGIN + "; while :; do sleep 0.05; done");
        Exec.Login login = exec.awaitLogin();
        login.attempt();

        process.destroy(); // SIGTERM

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(5);
        assertThat(exec.exists(login)).isFalse();
    }

    @Test
    void killedItLeavesNothingUsableAfterTheTasksEnd() throws Exception {
        Process process = exec.script(List.of("--ttl", "PT4S"), Exec.SAY_LOGIN + "; exec sleep 60");
        Exec.Login login = exec.awaitLogin();
        login.attempt();

        process.destroyForcibly().waitFor(); // SIGKILL: the command goes on, and so does nothing of its credential

        await("the login to be refused")
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThatThrownBy(login::attempt).isInstanceOf(SQLException.class));
        assertThat(ProcessHandle.of(login.pid())).isPresent();
        await("the login to be gone").atMost(Duration.ofSeconds(5)).until(() -> !exec.exists(login));
    }

    @Test
    void cutOffItLeavesNothingUsableAfterTheTasksEnd() throws Exception {
        try (CutLine line = new CutLine(URI.create(broker.url()))) {
            exec.with("ERRAND_URL", line.url());
            Process process = exec.script(List.of("--ttl", "PT4S"), Exec.SAY_LOGIN + "; exec sleep 60");
            Exec.Login login = exec.awaitLogin();
            login.attempt();

            line.cut(); // both go on, and cannot tell the broker anything

            await("the login to be refused")
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThatThrownBy(login::attempt).isInstanceOf(SQLException.class));
            assertThat(process.isAlive()).isTrue();
            assertThat(ProcessHandle.of(login.pid())).isPresent();
            await("the login to be gone").atMost(Duration.ofSeconds(5)).until(() -> !exec.exists(login));
            process.destroyForcibly();
        }
    }

    @Test
    void aRefusalRunsNothing() throws Exception {
        Process process = exec.script(List.of("--tool", "no-such-tool:read"), "touch ran");

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(exec.said())
                .matches("errand: The tool is unknown, or not one of this agent.s\\. \\(decision [0-9a-f-]{36}\\)\\R?");
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void aCommandThatIsNotThereLeavesNoTask() throws Exception {
        Process process = exec.run(List.of(), "/no/such/command");

        assertThat(process.waitFor()).isEqualTo(127);
        assertThat(exec.said()).startsWith("errand: ").contains("/no/such/command");
        assertThat(exec.task().path("state").asString()).isEqualTo("cancelled");
    }
}
