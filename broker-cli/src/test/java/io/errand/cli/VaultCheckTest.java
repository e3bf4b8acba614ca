package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code errand vault check} says what the broker found, and by its exit code whether anything is missing. */
class VaultCheckTest {

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
        api.keep("backends/vault/check", "{\"findings\":[]}");

        assertThat(run("--path", "database/creds/a", "--path", "pki/issue/b")).isZero();
        assertThat(out.toString()).isEqualTo("Vault is set up as it should be.\n");
        assertThat(api.queries()).containsExactly("token_role=errand&path=database%2Fcreds%2Fa&path=pki%2Fissue%2Fb");
    }

    @Test
    void whatIsWiderThanNeedBeIsNoFailure() {
        api.keep(
                "backends/vault/check",
                "{\"findings\":[{\"severity\":\"warning\",\"subject\":\"auth/token/create\",\"detail\":\"is wide\"}]}");

        assertThat(run("--token-role", "other")).isZero();
        assertThat(out.toString()).isEqualTo("warning: auth/token/create is wide\n");
        assertThat(api.queries()).containsExactly("token_role=other");
    }

    @Test
    void theTargetThatIsObservedIsNamed() {
        api.keep("backends/vault/check", "{\"findings\":[]}");

        assertThat(run("--path", "database/creds/a", "--observe", "orders")).isZero();
        assertThat(api.queries()).containsExactly("token_role=errand&path=database%2Fcreds%2Fa&observe=orders");
    }

    @Test
    void whatIsMissingIs() {
        api.keep(
                "backends/vault/check",
                "{\"findings\":[{\"severity\":\"error\",\"subject\":\"auth/token/roles/errand\",\"detail\":\"does not exist\"}]}");

        assertThat(run()).isEqualTo(1);
        assertThat(out.toString()).isEqualTo("error: auth/token/roles/errand does not exist\n");
    }

    @Test
    void aBrokerWithoutVaultIsOneSentence() {
        assertThat(run()).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("errand: The broker uses no Vault: set errand.vault.address")
                .hasLineCount(1);
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 4];
        System.arraycopy(new String[] {"vault", "check", "--data", data.toString()}, 0, all, 0, 4);
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }
}
