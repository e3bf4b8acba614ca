package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code errand deployment} says whether the database is in doubt, by its exit code too, and decides with a reason only. */
class DeploymentIsDecidedTest {

    private static final String ID = "019a0000-0000-7000-8000-000000000001";

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

    @Test
    void aDatabaseInDoubtIsToldByItsExitCode() {
        api.keep("deployment", deployment(""));
        assertThat(run("deployment")).isZero();
        assertThat(out.toString()).isEqualTo("deployment " + ID + " since 2026-01-01T00:00:00Z\n");

        api.keep("deployment", deployment("{\"target\":\"orders\",\"found_at\":\"2026-01-02T00:00:00Z\"}"));
        assertThat(run("deployment")).isEqualTo(3);
        assertThat(out.toString()).endsWith("writes at the target orders (found 2026-01-02T00:00:00Z)\n");
    }

    @Test
    void nothingIsDecidedWithoutAReason() {
        assertThat(run("deployment", "adopt")).isEqualTo(2);
        assertThat(err.toString()).contains("--reason");
    }

    @Test
    void whatTheBrokerRefusesIsOneSentence() {
        api.refuse(
                "deployment",
                "{\"title\":\"Conflict\",\"detail\":\"No target has a mark of another database, so there is nothing to decide.\"}");

        assertThat(run("deployment", "adopt", "--reason", "restored")).isEqualTo(1);
        assertThat(err.toString()).contains("there is nothing to decide").hasLineCount(1);
    }

    private static String deployment(String doubt) {
        return "{\"id\":\"" + ID + "\",\"since\":\"2026-01-01T00:00:00Z\",\"doubts\":[" + doubt + "]}";
    }

    private int run(String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--data";
        all[arguments.length + 1] = data.toString();
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }
}
