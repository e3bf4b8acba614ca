package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Two Vaults on raft storage: the one that is asked stands by and hands requests on to the other, which is active. */
public final class VaultPair implements AutoCloseable {

    private final Node active = new Node("active");
    private final Node standby = new Node("standby");
    private final String key;
    private final String rootToken;

    public VaultPair() {
        active.start();
        active.as("none").awaitStatus(501);
        JsonNode keys = active.as("none").root("POST", "sys/init", Map.of("secret_shares", 1, "secret_threshold", 1));
        key = keys.path("keys").path(0).asString();
        rootToken = keys.path("root_token").asString();
        unseal(active, 200);
        standby.start();
        standby.as("none").awaitStatus(501);
        standby.as("none").root("POST", "sys/storage/raft/join", Map.of("leader_api_addr", active.address));
        unseal(standby, 429, 200);
        standby.as(rootToken).awaitStatus(429);
    }

    /** The one that stands by. */
    public Vaults standby() {
        return standby.as(rootToken);
    }

    /** Kills the active one; alone, the other cannot become it. */
    public void loseActive() {
        active.kill();
    }

    public void bringBack() {
        active.start();
        active.as("none").awaitStatus(503);
        unseal(active, 200, 429);
        Awaitility.await("a request that is handed on again")
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> standby()
                                .call("GET", "auth/token/lookup-self", null)
                                .path("status_code")
                                .asInt()
                        == 200);
    }

    private void unseal(Node node, int... then) {
        node.as("none").root("PUT", "sys/unseal", Map.of("key", key));
        node.as("none").awaitStatus(then);
    }

    @Override
    public void close() {
        active.kill();
        standby.kill();
    }

    private static final class Node {

        private final String address = "http://127.0.0.1:" + FreePorts.next();
        private final Path config;
        private Process process;

        Node(String name) {
            int cluster = FreePorts.next();
            try {
                Path folder = Files.createTempDirectory("errand-vault-" + name);
                Path data = Files.createDirectory(folder.resolve("data"));
                config = folder.resolve("vault.hcl");
                Files.writeString(config, """
                        disable_mlock = true
                        api_addr = "%s"
                        cluster_addr = "https://127.0.0.1:%d"
                        storage "raft" {
                          performance_multiplier = 1 # elections as quick as they can be; 5 is for machines that are slow
                          path = "%s"
                          node_id = "%s"
                        }
                        listener "tcp" {
                          address = "%s"
                          cluster_address = "127.0.0.1:%d"
                          tls_disable = true
                        }
                        """.formatted(
                                address, cluster, data, name, address.substring("http://".length()), cluster));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            process = start();
        }

        Process start() {
            if (process == null || !process.isAlive()) {
                process = Vaults.run(List.of(Vaults.command().toString(), "server", "-config=" + config));
            }
            return process;
        }

        Vaults as(String token) {
            return new Vaults(address, token);
        }

        void kill() {
            process.destroyForcibly();
            process.onExit().join();
        }
    }
}
