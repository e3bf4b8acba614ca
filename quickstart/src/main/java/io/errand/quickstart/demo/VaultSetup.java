package io.errand.quickstart.demo;

import io.errand.quickstart.EmbeddedDatabase;
import io.errand.quickstart.Passwords;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** What Vault's administrator does for Errand, once, as {@code docs/vault.md} describes it. */
record VaultSetup(DemoVault vault, VaultPage page) {

    private static final String BROKER = "errand-broker";
    private static final String LEASE = "errand-lease";
    private static final String TOKEN_ROLE = "auth/token/roles/errand";

    /** Besides the engine at {@code database/}: what is made here, by its path. */
    static final List<String> NAMES = List.of("sys/policies/acl/" + BROKER, "sys/policies/acl/" + LEASE, TOKEN_ROLE);

    /** A token for the broker that can do what the page's policy says, and nothing else. */
    String brokerToken() throws IOException {
        for (String policy : List.of(BROKER, LEASE)) {
            vault.make("sys/policies/acl/" + policy, Map.of("policy", page.policy(policy)));
        }
        vault.make(
                TOKEN_ROLE,
                Map.of("allowed_policies", LEASE, "orphan", true, "renewable", true, "token_type", "service"));
        return vault.orphan(Map.of("policies", List.of(BROKER), "no_default_policy", true, "ttl", "1h"));
    }

    /** The database engine, with a login of its own at the target. */
    void databaseEngine(Stage stage) throws IOException, SQLException {
        String password = Passwords.next();
        try (Connection target = stage.target()) {
            Sql.run(target, page.login(password));
            // So that the broker may end there what Vault makes (observe).
            Sql.run(target, "GRANT vault_at_orders TO " + EmbeddedDatabase.TARGET_BROKER);
        }
        vault.make("sys/mounts/database", Map.of("type", "database"));
        vault.done(
                "POST",
                "database/config/" + EmbeddedDatabase.TARGET,
                Map.of(
                        "plugin_name", "postgresql-database-plugin",
                        "allowed_roles", "orders-read",
                        "connection_url",
                                "postgresql://{{username}}:{{password}}@"
                                        + stage.targetUrl().replaceFirst("jdbc:postgresql://", "")
                                        + "?sslmode=disable",
                        "username", "vault_at_orders",
                        "password", password,
                        "password_authentication", "scram-sha-256",
                        "username_template", "errand_{{.DisplayName}}_{{unix_time}}"));
        vault.done(
                "POST",
                "database/roles/orders-read",
                Map.of(
                        "db_name", EmbeddedDatabase.TARGET,
                        "default_ttl", "15m",
                        "max_ttl", "1h",
                        "creation_statements", """
                                CREATE ROLE "{{name}}" LOGIN CONNECTION LIMIT 10 PASSWORD '{{password}}'
                                  VALID UNTIL '{{expiration}}';
                                GRANT orders_reader TO "{{name}}" WITH INHERIT TRUE, SET FALSE;""",
                        "revocation_statements", page.revocation()));
    }
}
