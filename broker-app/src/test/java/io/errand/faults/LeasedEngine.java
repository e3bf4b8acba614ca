package io.errand.faults;

import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import io.errand.testing.VaultPage;
import io.errand.testing.Vaults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Vault's database engine on the target, as {@code docs/vault.md} sets it up, under names of its own. */
final class LeasedEngine {

    static final String MOUNT = "faults";
    static final String PATH = MOUNT + "/creds/orders-read";
    private static final Map<String, LeasedEngine> BY_ADDRESS = new HashMap<>();

    private final Vaults vault;
    private final String login;

    /** @param server on which the target is, the same whenever it is this Vault */
    static synchronized LeasedEngine at(Vaults vault, Postgres server) {
        return BY_ADDRESS.computeIfAbsent(vault.address(), address -> new LeasedEngine(vault, server));
    }

    private LeasedEngine(Vaults vault, Postgres server) {
        this.vault = vault;
        login = "vault_at_faults_" + Integer.toHexString(vault.address().hashCode());
        server.execute(
                Surroundings.TARGET_DATABASE,
                "CREATE ROLE " + login + " LOGIN CREATEROLE PASSWORD 'of-vault'",
                "GRANT pg_signal_backend TO " + login,
                "GRANT orders_reader TO " + login + " WITH ADMIN OPTION");
        vault.root("POST", "sys/mounts/" + MOUNT, Map.of("type", "database"));
        vault.root(
                "POST",
                MOUNT + "/config/orders",
                Map.of(
                        "plugin_name", "postgresql-database-plugin",
                        "allowed_roles", "orders-read",
                        "connection_url",
                                "postgresql://{{username}}:{{password}}@" + server.host() + ":" + server.port() + "/"
                                        + Surroundings.TARGET_DATABASE + "?sslmode=disable",
                        "username", login,
                        "password", "of-vault",
                        "password_authentication", "scram-sha-256",
                        "username_template", "errand_{{.DisplayName}}_{{unix_time}}"));
        vault.root(
                "POST",
                MOUNT + "/roles/orders-read",
                Map.of(
                        "db_name",
                        "orders",
                        "default_ttl",
                        "15m",
                        "max_ttl",
                        "1h",
                        "creation_statements",
                        List.of("CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"
                                + " IN ROLE orders_reader"),
                        "revocation_statements",
                        List.of(VaultPage.revocation())));
        vault.root(
                "POST",
                "sys/policies/acl/" + MOUNT,
                Map.of("policy", "path \"" + PATH + "\" { capabilities = [\"read\"] }"));
        vault.root(
                "POST",
                "auth/token/roles/" + MOUNT,
                Map.of(
                        "allowed_policies",
                        List.of(MOUNT),
                        "orphan",
                        true,
                        "renewable",
                        false,
                        "token_type",
                        "service"));
    }

    Vaults vault() {
        return vault;
    }

    /** Vault's own login at the target. */
    String login() {
        return login;
    }

    static Map<String, Object> tool() {
        return Map.of(
                "backend",
                "vault",
                "actions",
                List.of("read"),
                "sensitivity",
                "confidential",
                "environment",
                "production",
                "config",
                Map.of("token_role", MOUNT, "path", Map.of("read", PATH)));
    }

    /** Vault's own {@code host:port}. */
    String address() {
        return java.net.URI.create(vault.address()).getAuthority();
    }

    /** Lease ids in the metadata of Vault's live tokens. */
    List<String> tokens() {
        List<String> leases = new ArrayList<>();
        for (JsonNode accessor : vault.root("LIST", "auth/token/accessors", null)
                .path("data")
                .path("keys")
                .values()) {
            String lease = vault.call("POST", "auth/token/lookup-accessor", Map.of("accessor", accessor.asString()))
                    .path("data")
                    .path("meta")
                    .path("lease_id")
                    .asString("");
            if (!lease.isEmpty()) {
                leases.add(lease);
            }
        }
        return leases;
    }

    /** The longest that any live token of a lease has left, by Vault's clock. */
    Duration longestToken() {
        long most = 0;
        for (JsonNode accessor : vault.root("LIST", "auth/token/accessors", null)
                .path("data")
                .path("keys")
                .values()) {
            JsonNode token = vault.call("POST", "auth/token/lookup-accessor", Map.of("accessor", accessor.asString()))
                    .path("data");
            if (token.path("meta").has("lease_id")) {
                most = Math.max(most, token.path("ttl").asLong());
            }
        }
        return Duration.ofSeconds(most);
    }

    /** Vault's leases under the path. */
    int leases() {
        return vault.call("LIST", "sys/leases/lookup/" + PATH, null)
                .path("data")
                .path("keys")
                .size();
    }
}
