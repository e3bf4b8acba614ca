package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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

    @Test
    void aDatabaseOfAnotherPostgresIsLeftAlone() throws Exception {
        odd(() -> write("postgres/PG_VERSION", "17\n"), "is of PostgreSQL 17, and this is 18");
    }

    @Test
    void aDatabaseThatIsGoneIsNotMadeAnew() throws Exception {
        odd(() -> Files.delete(data().resolve("postgres/PG_VERSION")), "says that there was");
    }

    @Test
    void aDatabaseWhosePasswordsAreGoneIsNotDeleted() throws Exception {
        odd(() -> Files.delete(data().resolve("postgres.json")), "postgres.json with its passwords is gone");
    }

    @Test
    void aLostKeyEncryptionKeyIsNotReplaced() throws Exception {
        odd(() -> Files.delete(data().resolve("kek")), "The key-encryption key");
    }

    @Test
    void whatIsNoKeyEncryptionKeyIsNotUsed() throws Exception {
        odd(() -> write("kek", "c2hvcnQ="), "is no key-encryption key");
        odd(() -> write("kek", "?"), "is no key-encryption key");
    }

    @Test
    void aSecretThatOthersReadIsNotServed() throws Exception {
        odd(() -> mode("kek", "rw-r--r--"), "holds a secret and others may read it (rw-r--r--)");
    }

    @Test
    void aDatabaseThatOthersReadIsNamedBeforePostgresRefusesIt() throws Exception {
        odd(() -> mode("postgres", "rwxr-xr-x"), "PostgreSQL does not open");
    }

    @Test
    void aDirectoryThatIsNoneOrHasNoNameIsNotUsed() throws Exception {
        Files.writeString(data(), "a file");

        assertThat(serve(Map.of()).err()).hasLineCount(1).contains("it must be a directory in which you may write");
        Run nameless = serve(Map.of(), "");
        assertThat(nameless.exit()).isEqualTo(2);
        assertThat(nameless.err()).hasLineCount(1).contains("--data is a directory, and not empty");
    }

    @Test
    void aBrokerWithoutItsVaultSaysThatItIsNotReady() throws Exception {
        ProcessBuilder builder = serving(
                Map.of("VAULT_ADDR", "http://127.0.0.1:" + Ports.any(), "VAULT_TOKEN", "none"), data().toString());
        builder.command().addAll(List.of("--port", String.valueOf(Ports.any())));
        Process broker = builder.start();
        try {
            await("what is missing to be said")
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> Files.readString(folder.resolve("err")).contains("is not ready, for want of vault"));
            assertThat(Files.readString(folder.resolve("out"))).isEmpty();
        } finally {
            broker.destroy();
            broker.waitFor();
        }
        assertThat(Files.readString(folder.resolve("err")).lines().filter(line -> line.startsWith("errand: ")))
                .hasSize(1);
    }

    private interface Change {
        void make() throws IOException;
    }

    /** Like one that has served, and then with this change; nothing else changes, and nothing was started. */
    private void odd(Change change, String said) throws IOException, InterruptedException {
        Files.createDirectories(data().resolve("postgres"));
        Files.setPosixFilePermissions(data(), PosixFilePermissions.fromString("rwx------"));
        write("postgres/PG_VERSION", "18\n");
        write("postgres.json", "{}");
        write("kek", Base64.getEncoder().encodeToString(new byte[32]));
        mode("postgres", "rwx------");
        mode("postgres.json", "rw-------");
        mode("kek", "rw-------");
        change.make();
        Map<String, String> before = content();

        Run run = serve(Map.of());

        assertThat(run.exit()).as(run.err()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).hasLineCount(1).startsWith("errand: ").contains(said);
        assertThat(content()).isEqualTo(before);
    }

    private Path data() {
        return folder.resolve("data");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(data().resolve(name), text);
    }

    private void mode(String name, String mode) throws IOException {
        Files.setPosixFilePermissions(data().resolve(name), PosixFilePermissions.fromString(mode));
    }

    /** By name, without the lock that is taken to look. */
    private Map<String, String> content() throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(data())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.put(file.toString(), Files.readString(file));
            }
        }
        content.remove(data().resolve("lock").toString());
        return content;
    }

    private Run serve(Map<String, String> environment) throws IOException, InterruptedException {
        return serve(environment, data().toString());
    }

    private Run serve(Map<String, String> environment, String data) throws IOException, InterruptedException {
        int exit = serving(environment, data).start().waitFor();
        return new Run(exit, Files.readString(folder.resolve("out")), Files.readString(folder.resolve("err")));
    }

    private ProcessBuilder serving(Map<String, String> environment, String data) {
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
                        data)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ERRAND_VAULT_"));
        builder.environment().putAll(environment);
        return builder;
    }
}
