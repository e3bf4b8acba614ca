package io.errand.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.vault.VaultContainer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real Vault: in a container where an engine answers, else the binary in dev mode. What needs Vault to reach a database, or to be
 * stopped and started, takes the binary: it sees the host's loopback as the tests do. Where there is neither, tests are skipped,
 * unless {@code ERRAND_REQUIRE_ALL=true}.
 */
public final class Vaults {

    private static final String IMAGE = "hashicorp/vault:1.21.1";
    private static final String ROOT = "root-of-tests";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final class OnHost {
        private static final Optional<Vaults> ONE = binary().map(Vaults::dev);
    }

    private static final class Anywhere {
        private static final Optional<Vaults> ONE = engineAnswers() ? Optional.of(container()) : OnHost.ONE;
    }

    private final String address;
    private final String rootToken;
    private final HttpClient http = HttpClient.newHttpClient();

    Vaults(String address, String rootToken) {
        this.address = address;
        this.rootToken = rootToken;
    }

    /** In a container or not; it reaches no database of the tests. */
    public static Vaults shared() {
        return orSkipped(Anywhere.ONE);
    }

    /** The binary on this host, which reaches what the tests reach. */
    public static Vaults onHost() {
        return orSkipped(OnHost.ONE);
    }

    /** Another one on this host, for tests that run beside those which share one. */
    public static Vaults another() {
        return dev(command());
    }

    /** The {@code vault} command, for tests that run what a page says. */
    public static Path command() {
        return orSkipped(binary());
    }

    public String address() {
        return address;
    }

    public String rootToken() {
        return rootToken;
    }

    /** The same, called with another token. */
    public Vaults as(String token) {
        return new Vaults(address, token);
    }

    /** One call as root; {@code body} null: a GET. Fails unless Vault says 2xx. */
    public JsonNode root(String method, String path, @Nullable Map<String, ?> body) {
        JsonNode answer = call(method, path, body);
        if (answer.path("status_code").asInt() >= 300) {
            throw new IllegalStateException(method + " " + path + ": " + answer);
        }
        return answer;
    }

    /** The same, whatever Vault says; the status is the member {@code status_code}. */
    public JsonNode call(String method, String path, @Nullable Map<String, ?> body) {
        try {
            var response = http.send(
                    HttpRequest.newBuilder(URI.create(address + "/v1/" + path))
                            .header("X-Vault-Token", rootToken)
                            .timeout(Duration.ofSeconds(20))
                            .method(
                                    method,
                                    body == null
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                            .build(),
                    BodyHandlers.ofString());
            var answer = response.body().startsWith("{")
                    ? (tools.jackson.databind.node.ObjectNode) JSON.readTree(response.body())
                    : JSON.createObjectNode();
            return answer.put("status_code", response.statusCode());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static <T> T orSkipped(Optional<T> found) {
        if (found.isEmpty()) {
            if ("true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
                throw new AssertionError("No Vault: neither a container engine nor a vault binary (ERRAND_VAULT_BIN)");
            }
            Assumptions.abort("neither a container engine nor a vault binary (ERRAND_VAULT_BIN)");
        }
        return found.orElseThrow();
    }

    private static Optional<Path> binary() {
        Stream<Path> onPath = Arrays.stream(
                        Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "vault"));
        return Stream.concat(
                        Stream.concat(
                                Stream.ofNullable(System.getenv("ERRAND_VAULT_BIN"))
                                        .map(Path::of),
                                onPath),
                        Stream.of(Path.of(System.getProperty("user.home"), ".cache/errand-peers/vault-1.21.1")))
                .filter(Files::isExecutable)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private static boolean engineAnswers() {
        return !"none".equals(System.getenv("ERRAND_TEST_ENGINE"))
                && DockerClientFactory.instance().isDockerAvailable();
    }

    @SuppressWarnings("resource") // lives as long as the JVM
    private static Vaults container() {
        VaultContainer<?> container = new VaultContainer<>(IMAGE).withVaultToken(ROOT);
        container.start();
        return new Vaults(container.getHttpHostAddress(), ROOT);
    }

    private static Vaults dev(Path binary) {
        int port = FreePorts.next();
        run(List.of(
                binary.toString(),
                "server",
                "-dev",
                "-dev-no-store-token",
                "-dev-root-token-id=" + ROOT,
                "-dev-listen-address=127.0.0.1:" + port));
        Vaults vault = new Vaults("http://127.0.0.1:" + port, ROOT);
        vault.awaitStatus(200);
        return vault;
    }

    /** Ends with the JVM at the latest. */
    public static Process run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of {@code sys/health}: 200 active, 501 not initialised, 503 sealed. */
    void awaitStatus(int... statuses) {
        Awaitility.await("Vault at " + address)
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> {
                    int status =
                            call("GET", "sys/health", null).path("status_code").asInt();
                    return Arrays.stream(statuses).anyMatch(wanted -> wanted == status);
                });
    }
}
