package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code errand targets check} says what the broker found, and by its exit code whether anything is missing. */
class TargetsCheckTest {

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
    void nothingToSayIsSaidToo() {
        api.keep("backends/postgres/targets/orders/check", "{\"findings\":[]}");

        assertThat(run("orders", "--role", "orders_reader", "--role", "orders writer"))
                .isZero();
        assertThat(out.toString()).isEqualTo("The target orders is set up as it should be.\n");
        assertThat(api.queries()).containsExactly("role=orders_reader&role=orders+writer");
    }

    @Test
    void whatIsWiderThanNeedBeIsNoFailure() {
        api.keep(
                "backends/postgres/targets/orders/check",
                "{\"findings\":[{\"severity\":\"warning\",\"subject\":\"errand_broker\",\"detail\":\"has SUPERUSER\"}]}");

        assertThat(run("orders")).isZero();
        assertThat(out.toString()).isEqualTo("warning: errand_broker has SUPERUSER\n");
    }

    @Test
    void whatIsMissingIs() {
        api.keep(
                "backends/postgres/targets/orders/check",
                "{\"findings\":[{\"severity\":\"error\",\"subject\":\"server\",\"detail\":\"lacks CREATEROLE\"}]}");

        assertThat(run("orders")).isEqualTo(1);
        assertThat(out.toString()).isEqualTo("error: server lacks CREATEROLE\n");
    }

    @Test
    void aTargetThatTheBrokerHasNotIsOneSentence() {
        assertThat(run("elsewhere")).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("errand: The broker has no target 'elsewhere': set errand.targets.elsewhere.url")
                .hasLineCount(1);
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 4];
        System.arraycopy(new String[] {"targets", "check", "--data", data.toString()}, 0, all, 0, 4);
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }
}
