package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code errand doctor} shows the broker's report, and says by its exit code how bad it is. */
class DoctorTest {

    private static final String OK =
            "{\"area\":\"clock\",\"subject\":\"database\",\"status\":\"ok\",\"detail\":\"agrees\"}";
    private static final String WARNING =
            "{\"area\":\"database\",\"subject\":\"login\",\"status\":\"warning\",\"detail\":\"is a superuser\\u001b[2J\","
                    + "\"remedy\":\"Use another.\"}";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    private final AdminApi api = new AdminApi();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void serving() throws Exception {
        DevelopmentKey.loadOrCreate(data);
        new ServeFile(api.url(), api.url(), api.url(), api.url()).write(data);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private int run(String... options) {
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(Stream.concat(Stream.of("doctor", "--data", data.toString()), Arrays.stream(options))
                        .toArray(String[]::new));
    }

    private static String report(String status, String... checks) {
        return "{\"status\":\"" + status + "\",\"checks\":[" + String.join(",", checks) + "]}";
    }

    @Test
    void allIsWell() {
        api.keep("doctor", report("ok", OK));

        assertThat(run()).isZero();
        assertThat(out.toString()).isEqualTo("STATUS  AREA   SUBJECT   SEEN\nok      clock  database  agrees\n");
    }

    @Test
    void aWarningIsOneAndSaysWhatToDo() {
        api.keep("doctor", report("warning", WARNING, OK));

        assertThat(run()).isEqualTo(1);
        assertThat(out.toString()).endsWith("\ndatabase login: Use another.\n").doesNotContain("\u001b");
    }

    @Test
    void anErrorIsTwo() {
        api.keep("doctor", report("error", WARNING.replace("warning", "error")));

        assertThat(run("--json")).isEqualTo(2);
        assertThat(Json.mapper()
                        .readTree(out.toString())
                        .path("checks")
                        .path(0)
                        .path("status")
                        .asString())
                .isEqualTo("error");
    }

    @Test
    void anOlderBrokerHasNone() {
        assertThat(run()).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString())
                .startsWith("errand: This broker has no doctor")
                .hasLineCount(1);
    }
}
