package io.errand.bench;

import io.errand.api.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Vault's database engine on integrated storage, which writes to disk, with a role that makes the same login as the broker does. Its
 * leases are revoked with {@code sync}, so that the answer comes when the login is gone.
 */
final class VaultServer implements CredentialSide, AutoCloseable {

    private final ServerProcess process;
    private final URI base;
    private final String token;

    private VaultServer(ServerProcess process, URI base, String token) {
        this.process = process;
        this.base = base;
        this.token = token;
    }

    static Optional<Path> binary() {
        return Binary.find("ERRAND_VAULT_BIN", "vault");
    }

    /**
     * @param kept what {@code errand serve} keeps of its PostgreSQL: the engine's connection is to the same server
     * @param cluster the port of Vault's own replication, which nobody uses
     * @param login what Vault makes its logins with
     */
    static VaultServer start(Path binary, Path folder, int port, int cluster, JsonNode kept, VaultLogin login)
            throws IOException, InterruptedException {
        Path data = Files.createDirectories(folder.resolve("raft"));
        URI base = URI.create("http://127.0.0.1:" + port);
        Path settings = Files.writeString(
                folder.resolve("vault.json"),
                Json.mapper()
                        .writeValueAsString(Map.of(
                                "storage", Map.of("raft", Map.of("path", data.toString(), "node_id", "bench")),
                                "listener", Map.of("tcp", Map.of("address", "127.0.0.1:" + port, "tls_disable", true)),
                                "api_addr", base.toString(),
                                "cluster_addr", "https://127.0.0.1:" + cluster,
                                "disable_mlock", true)));
        ServerProcess process = ServerProcess.start(
                List.of(binary.toString(), "server", "-config=" + settings), Map.of(), folder.resolve("vault.log"));
        try {
            process.awaitReady(base.resolve("/v1/sys/seal-status"));
            JsonNode made = call(base, null, "PUT", "sys/init", Map.of("secret_shares", 1, "secret_threshold", 1));
            call(
                    base,
                    null,
                    "PUT",
                    "sys/unseal",
                    Map.of("key", made.path("keys").path(0).asString()));
            process.awaitReady(base.resolve("/v1/sys/health"));
            VaultServer server =
                    new VaultServer(process, base, made.path("root_token").asString());
            server.configure(kept, login);
            return server;
        } catch (RuntimeException | InterruptedException e) {
            process.close();
            throw e;
        }
    }

    private void configure(JsonNode kept, VaultLogin login) throws IOException, InterruptedException {
        call(base, token, "POST", "sys/mounts/database", Map.of("type", "database"));
        call(
                base,
                token,
                "POST",
                "database/config/orders",
                Map.of(
                        "plugin_name",
                        "postgresql-database-plugin",
                        "allowed_roles",
                        "bench",
                        "connection_url",
                        "postgresql://{{username}}:{{password}}@127.0.0.1:"
                                + kept.path("port").asInt() + "/orders?sslmode=disable",
                        "username",
                        login.role(),
                        "password",
                        kept.path(login.kept()).asString(),
                        "max_open_connections",
                        16,
                        "max_idle_connections",
                        16));
        call(
                base,
                token,
                "POST",
                "database/roles/bench",
                Map.of(
                        "db_name", "orders",
                        "default_ttl", "10m",
                        "max_ttl", "10m",
                        "creation_statements",
                                List.of(
                                        "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"
                                                + " GRANT orders_reader TO \"{{name}}\";"),
                        "revocation_statements", login.revocation()));
    }

    private static JsonNode call(URI base, @Nullable String token, String method, String path, Map<String, ?> body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve("/v1/" + path))
                .method(method, BodyPublishers.ofString(Json.mapper().writeValueAsString(body)));
        if (token != null) {
            request.header("X-Vault-Token", token);
        }
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new BenchFailed("Vault answered " + answer.statusCode() + " to " + path + ": " + answer.body());
            }
            return Json.mapper().readTree(answer.body().isEmpty() ? "{}" : answer.body());
        }
    }

    @Override
    public String name() {
        return "Vault";
    }

    @Override
    public URI base() {
        return base;
    }

    @Override
    public String make(HttpLine line) throws IOException {
        HttpLine.Answer answer =
                line.send(HttpLine.get(base, "/v1/database/creds/bench", "X-Vault-Token: " + token + "\r\n"));
        if (answer.status() != 200) {
            throw new BenchFailed("Vault answered " + answer.status() + ": " + answer.body());
        }
        return Json.mapper().readTree(answer.body()).path("lease_id").asString();
    }

    @Override
    public void end(HttpLine line, String made) throws IOException {
        HttpLine.Answer answer = line.send(HttpLine.json(
                base,
                "/v1/sys/leases/revoke",
                "X-Vault-Token: " + token + "\r\n",
                "{\"lease_id\":\"" + made + "\",\"sync\":true}"));
        if (answer.status() != 204) {
            throw new BenchFailed("Vault answered " + answer.status() + ": " + answer.body());
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
