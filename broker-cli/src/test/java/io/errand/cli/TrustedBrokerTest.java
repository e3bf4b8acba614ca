package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker whose certificate is signed by an authority of one's own, and commands that are told of it, or are not. */
class TrustedBrokerTest {

    private static final String REPORT = "{\"status\":\"ok\",\"checks\":[]}";
    private static final String NOBODY =
            "is signed by nobody who is trusted here: name who signs for it with --ca-file" + " or ERRAND_CA_FILE.\n";

    private record Ended(int code, String said) {}

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static HttpsServer server;

    private static final AtomicInteger ASKED = new AtomicInteger();

    private static Path authority() {
        return directory.resolve("ca.crt");
    }

    @BeforeAll
    static void serve() throws Exception {
        Path keys = directory.resolve("keys.p12");
        keytool(
                "-genkeypair",
                "-keystore",
                keys.toString(),
                "-storepass",
                "changeit",
                "-alias",
                "own",
                "-keyalg",
                "EC",
                "-dname",
                "CN=broker",
                "-ext",
                "san=ip:127.0.0.1");
        keytool(
                "-exportcert",
                "-rfc",
                "-keystore",
                keys.toString(),
                "-storepass",
                "changeit",
                "-alias",
                "own",
                "-file",
                authority().toString());
        KeyStore own = KeyStore.getInstance(keys.toFile(), "changeit".toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(own, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            ASKED.incrementAndGet();
            try (exchange;
                    InputStream body = exchange.getRequestBody()) {
                body.readAllBytes();
                byte[] answer = REPORT.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(exchange.getRequestMethod().equals("GET") ? 200 : 400, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop(0);
    }

    @BeforeEach
    void nothingWasAsked() {
        ASKED.set(0);
    }

    @Test
    void anOptionSaysWhoIsTrusted() throws Exception {
        assertThat(errand(Map.of(), "doctor", "--ca-file", authority().toString()))
                .isEqualTo(new Ended(0, ""));
        assertThat(ASKED).hasValue(1);
    }

    @Test
    void soDoesAVariable() throws Exception {
        assertThat(errand(Map.of("ERRAND_CA_FILE", authority().toString()), "doctor"))
                .isEqualTo(new Ended(0, ""));
        assertThat(ASKED).hasValue(1);
    }

    @Test
    void withoutThemNothingIsAskedAndTheSentenceNamesThem() throws Exception {
        Ended ended = errand(Map.of("ERRAND_CA_FILE", ""), "doctor");

        assertThat(ended.code()).isNotZero();
        assertThat(ended.said())
                .startsWith("errand: The certificate of " + url("127.0.0.1"))
                .endsWith(NOBODY);
        assertThat(ASKED).hasValue(0);
    }

    @Test
    void agentsCommandsAreTheSame() throws Exception {
        String[] exec = {"exec", "--task", "triage", "--tool", "orders-db:read", "--", "true"};

        Ended without = errand(Map.of(), exec);
        assertThat(without.code()).isEqualTo(1);
        assertThat(without.said()).endsWith(NOBODY);
        assertThat(ASKED).hasValue(0);

        errand(Map.of("ERRAND_CA_FILE", authority().toString()), exec);
        assertThat(ASKED).as("it is asked, and says no").hasValue(1);
    }

    @Test
    void aCertificateOfAnotherNameIsNotHelpedByAnyFile() throws Exception {
        Ended ended = errand(
                Map.of("ERRAND_URL", url("localhost")),
                "doctor",
                "--ca-file",
                authority().toString());

        assertThat(ended.said())
                .startsWith("errand: What answers at " + url("localhost") + " is not trusted: ")
                .contains("localhost")
                .hasLineCount(1);
        assertThat(ASKED).hasValue(0);
    }

    @Test
    void aFileThatIsNotThereOrIsNoneIsNamed() throws Exception {
        Path missing = directory.resolve("missing.crt");
        Path empty = Files.writeString(directory.resolve("empty.crt"), "");
        Path broken = Files.writeString(directory.resolve("broken.crt"), "-----BEGIN CERTIFICATE-----\n!\n");

        assertThat(errand(Map.of(), "doctor", "--ca-file", missing.toString()).said())
                .isEqualTo("errand: --ca-file: " + missing + " cannot be read.\n");
        assertThat(errand(Map.of("ERRAND_CA_FILE", empty.toString()), "doctor").said())
                .isEqualTo("errand: ERRAND_CA_FILE: there are no certificates in PEM in " + empty + ".\n");
        assertThat(errand(Map.of("ERRAND_CA_FILE", broken.toString()), "doctor").said())
                .isEqualTo("errand: ERRAND_CA_FILE: there are no certificates in PEM in " + broken + ".\n");
    }

    private static String url(String host) {
        return "https://" + host + ":" + server.getAddress().getPort();
    }

    private static Ended errand(Map<String, String> environment, String... arguments) throws Exception {
        List<String> line = new ArrayList<>(
                List.of(program("java"), "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(directory.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("ERRAND_"));
        builder.environment()
                .putAll(Map.of(
                        "ERRAND_URL", url("127.0.0.1"), "ERRAND_TOKEN", "token", "ERRAND_WORKLOAD_TOKEN", "token"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(program("keytool")));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static String program(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }
}
