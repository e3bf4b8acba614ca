package io.errand.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever there is of a Vault, the demo says in a sentence what it does about it, and touches nothing that is somebody's. */
class VaultSearchTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private final StringWriter said = new StringWriter();
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> answers = new HashMap<>();

    @SuppressWarnings("NullAway.Init")
    private HttpServer server;

    @BeforeEach
    void aVaultWithNothingInIt() throws Exception {
        answers.put("/v1/sys/health", "{}");
        answers.put("/v1/sys/mounts", "{\"data\":{\"sys/\":{}}}");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String body = answers.getOrDefault(exchange.getRequestURI().getPath(), "");
            exchange.sendResponseHeaders(body.isEmpty() ? 404 : 200, body.isEmpty() ? -1 : body.length());
            try (var out = exchange.getResponseBody()) {
                out.write(body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
        });
        server.start();
        environment.put("VAULT_ADDR", "http://127.0.0.1:" + server.getAddress().getPort() + "/");
        environment.put("VAULT_TOKEN", "root");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void theOneAtVaultAddrComesFirst() throws Exception {
        assertThat(find()).isPresent();
        assertThat(said.toString()).contains("There is a Vault too, at http://127.0.0.1:");
    }

    @Test
    void oneThatIsSetUpAlreadyIsLeftAlone() throws Exception {
        answers.put("/v1/auth/token/roles/errand", "{}");

        assertThat(find()).isEmpty();
        assertThat(unwrapped()).contains("is set up already, which the demo leaves alone");
    }

    @Test
    void withoutATokenOrAnAnswerOrNearbyItIsNotUsed() throws Exception {
        environment.remove("VAULT_TOKEN");
        assertThat(find()).isEmpty();
        environment.put("VAULT_TOKEN", "root");
        environment.put("VAULT_ADDR", "https://vault.example:8200");
        assertThat(find()).isEmpty();
        environment.put("VAULT_ADDR", "http://127.0.0.1:1");
        assertThat(find()).isEmpty();

        assertThat(unwrapped())
                .contains("VAULT_TOKEN is not set", "on another machine", "nothing answers at VAULT_ADDR");
    }

    @Test
    void aBinaryThatDoesNotStartIsNoReasonToStop() throws Exception {
        environment.clear();
        Path binary = directory.resolve("vault");
        Files.writeString(binary, "#!/bin/sh\nexit 1\n");
        assertThat(binary.toFile().setExecutable(true)).isTrue();
        environment.put("PATH", "/nowhere::" + directory);

        assertThat(find()).isEmpty();
        assertThat(unwrapped()).contains(binary + " did not start").contains("goes on without Vault");
    }

    @Test
    void withNoneAtAllTheStoryGoesOn() throws Exception {
        environment.clear();

        assertThat(find()).isEmpty();
        assertThat(unwrapped()).contains("There is no Vault (no `vault` on the PATH, and VAULT_ADDR is not set)");
    }

    private Optional<DemoVault> find() throws Exception {
        return new VaultSearch(environment, directory, new Narrator(new PrintWriter(said), false)).find();
    }

    private String unwrapped() {
        return said.toString().replaceAll("\\s+", " ");
    }
}
