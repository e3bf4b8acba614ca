package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A Vault on file storage that a test may seal, stop and start; it is nobody else's. */
public final class SealableVault implements AutoCloseable {

    private final Path config;
    private final String address;
    private final String key;
    private final Vaults vault;
    private Process process;

    public SealableVault() {
        address = "http://127.0.0.1:" + FreePorts.next();
        try {
            Path folder = Files.createTempDirectory("errand-vault");
            config = folder.resolve("vault.hcl");
            Files.writeString(
                    config, """
                    disable_mlock = true
                    api_addr = "%s"
                    storage "file" { path = "%s" }
                    listener "tcp" {
                      address = "%s"
                      tls_disable = true
                    }
                    """.formatted(address, folder.resolve("data"), address.substring("http://".length())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = startProcess();
        Vaults nobody = new Vaults(address, "none");
        nobody.awaitStatus(501);
        JsonNode keys = nobody.root("POST", "sys/init", Map.of("secret_shares", 1, "secret_threshold", 1));
        key = keys.path("keys").path(0).asString();
        vault = new Vaults(address, keys.path("root_token").asString());
        unseal();
    }

    public Vaults vault() {
        return vault;
    }

    public void seal() {
        vault.root("PUT", "sys/seal", Map.of());
    }

    public void unseal() {
        vault.root("PUT", "sys/unseal", Map.of("key", key));
        vault.awaitStatus(200);
    }

    /** Kills the process; it comes back sealed. */
    public void restart() {
        process.destroyForcibly();
        process.onExit().join();
        process = startProcess();
        vault.awaitStatus(503);
    }

    private Process startProcess() {
        return Vaults.run(List.of(Vaults.command().toString(), "server", "-config=" + config));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
