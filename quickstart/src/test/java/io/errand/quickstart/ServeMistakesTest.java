package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code errand serve} as it must not be called: one line says what to do, and nothing was started. */
class ServeMistakesTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private record Run(int exit, String out, String err) {}

    @Test
    void anAddressOfVaultWithoutATokenIsNoLogin() throws Exception {
        for (String token : new String[] {"", " "}) {
            Run run = serve(Map.of("VAULT_ADDR", "http://127.0.0.1:8200", "VAULT_TOKEN", token));

            assertThat(run.exit()).as(run.err()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .hasLineCount(1)
                    .startsWith("errand: VAULT_ADDR is set and VAULT_TOKEN is not: set VAULT_TOKEN to ")
                    .contains("or unset VAULT_ADDR");
            assertThat(folder.resolve("data/postgres")).doesNotExist();
        }
    }

    private Run serve(Map<String, String> environment) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "serve",
                        "--data",
                        folder.resolve("data").toString())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ERRAND_VAULT_"));
        builder.environment().putAll(environment);
        return new Run(builder.start().waitFor(), Files.readString(out), Files.readString(err));
    }
}
