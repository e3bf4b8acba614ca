package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.cli.DevelopmentTokens;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody may get wrong who runs a command as a task for the first time: each has a line that says what to do, and runs nothing. */
class ExecMistakesTest {

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
    void here() throws Exception {
        exec = new Exec(broker, folder);
        DevelopmentTokens tokens = broker.tokens();
        Files.writeString(
                folder.resolve("old"),
                tokens.token(
                        tokens.workloads(), Exec.AGENT, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(-10), Map.of()));
        Files.writeString(folder.resolve("rubbish"), "rubbish");
        Files.writeString(folder.resolve("empty"), "");
    }

    @AfterEach
    void noOrphans() {
        exec.close();
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', textBlock = """
                    1   | exec --tool orders-db:read --token-file old -- touch ran        | expired at
                    1   | exec --tool orders-db:read --token-file rubbish -- touch ran    | as the workload's token is none
                    1   | exec --tool orders-db:read --token-file empty -- touch ran      | There is no workload token in empty
                    1   | exec --tool orders-db:read --token-file none -- touch ran       | cannot be read from none
                    1   | exec --tool orders-db:read --token-command false -- touch ran   | printed no token (exit code 1)
                    2   | exec --tool orders-db:read --file --fd -- touch ran             | --file or --fd, not both
                    2   | exec --tool orders-db -- touch ran                              | is NAME:ACTION
                    1   | exec --tool orders-db:fly -- touch ran                          | An action is not one
                    1   | exec --tool orders-db:read --ttl PT0S -- touch ran              | from PT1S to P1D
                    2   | exec --tool orders-db:read --ttl 5 -- touch ran                 | a duration such as PT10M (ISO 8601), not 5.
                    2   | exec --tool orders-db:read                                      | Missing required parameter
                    127 | exec --tool orders-db:read -- no-such-command                   | no-such-command
                    127 | exec --tool orders-db:read --fd -- no-such-command              | no-such-command
                    2   | exec --tool orders-db:read --image latest -- touch ran          | is sha256: and 64 hexadecimal digits
                    2   | exec --tool orders-db:read --image-digest-file empty -- touch ran | The one line of empty is sha256:
                    1   | exec --tool orders-db:read --image-digest-file none -- touch ran | cannot be read from none
                    2   | exec --tool orders-db:read --image a --toolchain-of-command -- touch ran | mutually exclusive
                    127 | exec --tool orders-db:read --toolchain-of-command -- no-such-command | no file that can be run
                    2   | mcp-guard --tool orders-db:read                                 | Give the server's command after --
                    2   | mcp-guard --tool orders-db:read --map x=y -- touch ran          | NAME:ACTION, for example
                    2   | mcp-guard --tool orders-db:read --map x=orders-db:raed -- touch ran | asks for read only
                    2   | mcp-guard --tool orders-db:read --map x=order-db:read -- touch ran | there is no --tool order-db
                    2   | mcp-guard --tool orders-db:read --pass tools/call -- touch ran  | only a method that is not known here
                    2   | mcp-guard --tool orders-db:read --refuse ping -- touch ran      | it is one of completion/complete
                    2   | exec --tool orders-db:read --context ticket -- touch ran        | --context is NAME=VALUE
                    2   | exec --tool orders-db:read --wait-for-approval=soon -- touch ran | a duration such as PT10M
                    2   | mcp-guard --tool orders-db:read --listen 0.0.0.0:1 --upstream http://x/ | is 127.0.0.1:PORT
                    1   | mcp-guard --tool orders-db:read --listen 127.0.0.1:0 --upstream http://x/ --bearer orders-db | only one of type jwt
                    127 | mcp-guard --tool orders-db:read -- no-such-command              | no-such-command
                    """)
    void eachHasALine(int exit, String line, String said) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(line.split(" ")));
        arguments.addAll(1, List.of("--task", "triage", "--purpose", folder.toString()));

        Process process = exec.errand(arguments);

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(exit);
        assertThat(exec.said()).contains(said).doesNotContain("\tat ", "Exception");
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void anAddressWhereNoBrokerIsIsNamed() throws Exception {
        String nowhere = "http://127.0.0.1:" + Ports.any();

        Process process = exec.with("ERRAND_URL", nowhere).run(List.of(), "touch", "ran");

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(exec.said()).isEqualToIgnoringNewLines("errand: No broker answers at " + nowhere + ".");
    }

    @Test
    void whoeverOutlastsItsTaskIsTold() throws Exception {
        Process process = exec.script(List.of("--ttl", "PT2S"), "sleep 4; exit 3");

        assertThat(process.waitFor()).isEqualTo(3);
        assertThat(exec.said())
                .isEqualToIgnoringNewLines("errand: the task was over before the command: at its --ttl, or revoked.");
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
    void aSignalEndsTheCommandAndTheExitCodeSaysWhich(String signal, int exit) throws Exception {
        Process process = exec.script(List.of(), Exec.SAY_LOGIN + "; exec sleep 60");
        Exec.Login login = exec.awaitLogin();

        new ProcessBuilder("kill", "-s", signal, Long.toString(process.pid()))
                .start()
                .waitFor();

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(exit);
        assertThat(exec.exists(login)).isFalse();
        await("the task to be over")
                .atMost(Duration.ofSeconds(5))
                .until(() -> exec.task().path("outcome").asString("").equals("failed"));
    }
}
