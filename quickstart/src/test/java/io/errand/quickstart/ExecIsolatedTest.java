package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.errand.quickstart.pages.Page;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code errand exec --isolate}, with real bubblewrap: the command has its task's credentials, and nothing of its user's. For whoever
 * runs the tests, and, where that is root, for a user without any right of its own too.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("users")
class ExecIsolatedTest {

    enum User {
        OF_THE_TESTS,
        UNPRIVILEGED
    }

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private User user;

    static List<User> users() {
        return Unprivileged.isAnother() ? List.of(User.values()) : List.of(User.OF_THE_TESTS);
    }

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path copies;

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
        boolean there = Files.isExecutable(Path.of("/usr/bin/bwrap"));
        if (!there && "true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
            throw new AssertionError("bubblewrap is not installed, and nothing may be skipped");
        }
        Assumptions.assumeTrue(there, "bubblewrap is not installed");
        broker = Served.quickstart(data);
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @BeforeEach
    void here() throws IOException {
        exec = new Exec(broker, folder);
        if (user == User.UNPRIVILEGED) {
            exec.unprivileged(copies);
        }
    }

    @AfterEach
    void noOrphans() {
        if (exec != null) {
            exec.close();
        }
    }

    @Test
    void theCommandLogsInWhereItsCredentialSays() throws Exception {
        List<String> options = new ArrayList<>(List.of("--isolate"));
        List<String> classes = Stream.of(exec.classes().split(":", -1))
                .filter(path -> path.endsWith("test-classes") || path.contains("postgresql-"))
                .toList();
        classes.forEach(path -> options.addAll(List.of("--readable", path)));
        Process process = exec.run(
                options,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                String.join(":", classes),
                LoginInside.class.getName());

        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(exec.said()).isZero();
        assertThat(said).startsWith("errand_");
        assertThat(exec.task().path("outcome").asString("")).isEqualTo("succeeded");
    }

    @Test
    void whatThePageTypesStartsWhereItMayWrite() throws Exception {
        Path work = Files.createDirectory(folder.resolve("work"));
        Path triage = Files.writeString(
                work.resolve("triage"), "#!/bin/sh\nprintf %s \"$ERRAND_ORDERS_DB_USERNAME $HTTPS_PROXY\" >seen\n");
        Unprivileged.open(work, "rwxrwxrwx");
        Unprivileged.open(triage, "rwxr-xr-x");
        Path token = Files.writeString(folder.resolve("token"), exec.token());
        Unprivileged.open(token, "rw-r--r--");
        String typed = Page.block("docs/client.md", "isolate")
                .replace("\\\n", "")
                .replace("/var/run/secrets/errand/token", token.toString());
        List<String> words = List.of(typed.strip().split(" +"));

        Process process = exec.errand(words.subList(1, words.size()));

        assertThat(process.waitFor()).as(exec.said()).isZero();
        assertThat(Files.readString(work.resolve("seen"))).matches("errand_\\S+ http://127\\.0\\.0\\.1:\\d+");
    }

    @Test
    void itHasNoFilesOfItsUser() throws Exception {
        Path secret = Files.writeString(folder.resolve("token-of-the-user"), "ey.secret");
        Path shown = Files.writeString(folder.resolve("shown"), "to be read");
        Unprivileged.open(secret, "rw-rw-rw-");
        Unprivileged.open(shown, "rw-rw-rw-");

        List<String> lines = isolated(
                List.of("--readable", shown.toString()),
                "cat " + secret + "; ls " + folder + "; cat " + shown + "; echo; ls -A /root "
                        + System.getProperty("user.home") + " /etc/shadow; ls -A /tmp ~; echo x 2>/dev/null >" + shown
                        + " || echo not written");

        assertThat(lines).contains("to be read", "not written");
        assertThat(lines).doesNotContain("ey.secret", "token-of-the-user").noneMatch(line -> line.contains(".m2"));
        assertThat(Files.readString(shown)).isEqualTo("to be read");
    }

    @Test
    void itSeesNoOtherProcessAndNotItsParentsEnvironment() throws Exception {
        List<String> lines = isolated(
                List.of(),
                "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; cat /proc/[0-9]*/cmdline | tr '\\0' '\\n';"
                        + " echo pids $(ls /proc | grep -c '^[0-9]')");

        assertThat(lines).anyMatch(line -> line.startsWith("ERRAND_TASK_ID="));
        assertThat(lines).noneMatch(line -> line.startsWith("ERRAND_WORKLOAD_TOKEN") || line.startsWith("ERRAND_URL="));
        assertThat(lines).noneMatch(line -> line.equals("--purpose"));
        String count = lines.stream()
                .filter(line -> line.startsWith("pids "))
                .findFirst()
                .orElseThrow();
        assertThat(Integer.parseInt(count.substring(5))).isLessThan(12);
    }

    @Test
    void itReachesWhatItsTaskNeedsAndNothingElse() throws Exception {
        try (Listening allowed = Listening.saying("allowed");
                Listening other = Listening.saying("other")) {
            String script =
                    "get() { exec 9<>/dev/tcp/$1/$2 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&9 && tail -n 1 <&9; };"
                            + " (get 127.0.0.1 " + allowed.port() + "); echo; (get 127.0.0.1 " + other.port()
                            + ") || echo no other; (exec 9<>/dev/tcp/127.0.0.1/"
                            + URI.create(broker.url()).getPort()
                            + ") || echo no broker; (exec 9<>/dev/tcp/$ERRAND_ORDERS_DB_HOST/$ERRAND_ORDERS_DB_PORT) && echo database";

            List<String> lines = isolated(List.of("--reach", "127.0.0.1:" + allowed.port()), script);

            assertThat(lines)
                    .contains("allowed", "no other", "no broker", "database")
                    .doesNotContain("other");
        }
    }

    @Test
    void theProxyInItsNetworkConnectsToWhatMayBeReachedAlone() throws Exception {
        try (Listening allowed = Listening.saying("allowed");
                Listening other = Listening.saying("other")) {
            String script =
                    "ask() { exec 9<>/dev/tcp/127.0.0.1/3128 && printf \"CONNECT $1 HTTP/1.1\\r\\nHost: $1\\r\\n\\r\\n\" >&9"
                            + " && head -n 1 <&9; }; echo $HTTPS_PROXY; (ask 127.0.0.1:" + allowed.port()
                            + "); (ask 127.0.0.1:" + other.port() + ")";

            List<String> lines = isolated(List.of("--reach", "127.0.0.1:" + allowed.port()), script);

            assertThat(lines.stream().map(String::strip))
                    .containsSubsequence("http://127.0.0.1:3128", "HTTP/1.1 200 Connected", "HTTP/1.1 403 Forbidden");
        }
    }

    @Test
    void filesAndDescriptorsAreHandedInAsElsewhere() throws Exception {
        assertThat(isolated(
                        List.of("--file"), "grep -o '\"username\"' \"$ERRAND_ORDERS_DB_FILE\"; env | grep -c PASSWORD"))
                .contains("\"username\"", "0");
        assertThat(isolated(List.of("--fd"), "grep -o '\"username\"' <&$ERRAND_CREDENTIALS_FD"))
                .contains("\"username\"");
    }

    @Test
    void itsExitCodeIsTheCommands() throws Exception {
        Process process = exec.run(List.of("--isolate"), "sh", "-c", "exit 7");

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(7);
        assertThat(exec.task().path("outcome").asString("")).isEqualTo("failed");
    }

    @Test
    void whereThereIsNoBubblewrapItIsRefusedAndNoTaskBegins() throws Exception {
        Process process = exec.with("PATH", folder.toString()).run(List.of("--isolate"), "sh", "-c", "echo ran >ran");

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(exec.said()).contains("--isolate needs bubblewrap");
        assertThat(folder.resolve("ran")).doesNotExist();
        assertThat(exec.items("/admin/v1/tasks?agent=" + Exec.AGENT + "&limit=100"))
                .noneMatch(task -> task.path("purpose").asString("").equals(folder.toString()));
    }

    @ParameterizedTest
    @CsvSource({"--reach x.example:1, --isolate", "--isolate --reach x.example:99999, HOST:PORT"})
    void whatCannotBeMeantIsWrongUsage(String options, String said) throws Exception {
        Process process = exec.run(List.of(options.split(" ", -1)), "true");

        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(exec.said()).contains(said);
    }

    private List<String> isolated(List<String> options, String script) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--isolate"));
        all.addAll(options);
        Process process = exec.run(all, "bash", "-c", script);
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        process.waitFor();
        return lines;
    }

    /** A server on this machine. */
    private record Listening(HttpServer server) implements AutoCloseable {

        static Listening saying(String text) throws IOException {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", exchange -> {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                try (var out = exchange.getResponseBody()) {
                    out.write(bytes);
                }
            });
            server.start();
            return new Listening(server);
        }

        int port() {
            return server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
