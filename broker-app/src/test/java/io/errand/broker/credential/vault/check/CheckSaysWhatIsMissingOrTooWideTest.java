package io.errand.broker.credential.vault.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.vault.DocumentedVault;
import io.errand.broker.credential.vault.Rig;
import io.errand.testing.VaultPage;
import io.errand.testing.Vaults;
import io.github.jopenlibs.vault.json.JsonArray;
import io.github.jopenlibs.vault.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CheckSaysWhatIsMissingOrTooWideTest {

    private static final String READ = "database/creds/orders-read";
    private static final String POSTGRESQL = "postgresql-database-plugin";
    private static final String MYSQL = "mysql-database-plugin";
    private static final String REDIS = "redis-database-plugin";

    @Test
    void whatThePageSetsUpIsRight() {
        try (Rig rig = DocumentedVault.get().broker()) {
            for (String path : List.of(READ, "database/creds/orders-write", "pki/issue/agents", "ssh/issue/agents")) {
                assertThat(rig.findings(path)).isEmpty();
            }
            assertThat(rig.check.report("errand", Set.of(READ), ""))
                    .singleElement()
                    .satisfies(finding ->
                            assertThat(finding.detail()).contains("receipts say that nobody looked for open sessions"));
            assertThat(rig.check.report("errand", Set.of(READ), "nowhere"))
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.severity()).isEqualTo(Finding.Severity.ERROR);
                        assertThat(finding.detail()).contains("no target 'nowhere'");
                    });
            assertThat(rig.backend.check(Rig.binding(Map.of("read", READ)))).isEmpty();
        }
    }

    @Test
    void rootIsForDevelopment() {
        Vaults vault = DocumentedVault.get().vault();
        try (Rig rig = Rig.withToken(vault.address(), vault.rootToken())) {
            assertThat(rig.findings(READ)).singleElement().satisfies(finding -> {
                assertThat(finding.severity()).isEqualTo(Finding.Severity.WARNING);
                assertThat(finding.detail()).contains("root");
            });
        }
    }

    @Test
    void aPolicyThatIsTooNarrowOrTooWideIsFound() {
        Vaults vault = DocumentedVault.get().vault();
        vault.root("PUT", "sys/policies/acl/crooked", Map.of("policy", """
                        path "auth/token/*" { capabilities = ["create", "update", "read"] }
                        path "sys/leases/*" { capabilities = ["update"] }
                        path "sys/capabilities-self" { capabilities = ["update"] }
                        path "sys/mounts" { capabilities = ["read"] }
                        path "database/*" { capabilities = ["read"] }
                        """));
        String token = vault.root("POST", "auth/token/create", Map.of("policies", "crooked", "no_default_policy", true))
                .path("auth")
                .path("client_token")
                .asString();
        try (Rig rig = Rig.withToken(vault.address(), token)) {
            List<String> findings = rig.findings(READ).stream()
                    .map(finding -> finding.severity() + " " + finding.subject())
                    .toList();

            assertThat(findings)
                    .containsExactlyInAnyOrder(
                            "ERROR auth/token/accessors",
                            "ERROR sys/leases/lookup/" + READ,
                            "WARNING auth/token/create",
                            "WARNING auth/token/create-orphan",
                            "WARNING auth/token/create/any-other-role",
                            "WARNING sys/leases/revoke-prefix/any",
                            "WARNING " + READ);
        }
    }

    /** What each set-up of a role is, and all that is said of it. */
    static Stream<Arguments> setUps() {
        String create = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}'";
        String mysql =
                "CREATE USER '{{name}}'@'%' IDENTIFIED BY '{{password}}'; GRANT SELECT ON shop.* TO '{{name}}'@'%'";
        return Stream.of(
                role("right", POSTGRESQL, create, VaultPage.revocation()),
                role("no statements", POSTGRESQL, create, "", "has no revocation_statements"),
                role(
                        "one transaction, its login as heir",
                        POSTGRESQL,
                        create,
                        "REASSIGN OWNED BY \"{{name}}\" TO CURRENT_USER; DROP ROLE \"{{name}}\"",
                        "do not terminate open sessions",
                        "without a lock_timeout",
                        "without COMMIT",
                        "gives what an agent leaves behind to Vault's own login"),
                role(
                        "its login as heir by name",
                        POSTGRESQL,
                        create,
                        "REASSIGN OWNED BY \"{{name}}\" TO \"vault_at_check\"; " + VaultPage.revocation(),
                        "gives what an agent leaves behind to Vault's own login"),
                role(
                        "an heir without rights",
                        POSTGRESQL,
                        create,
                        "REASSIGN OWNED BY \"{{name}}\" TO errand_leftovers; " + VaultPage.revocation()),
                role(
                        "too wide",
                        POSTGRESQL,
                        create + " CREATEROLE NOSUPERUSER",
                        VaultPage.revocation(),
                        "makes logins with CREATEROLE"),
                role("right", MYSQL, mysql, "KILL USER '{{name}}'@'%'; DROP USER '{{name}}'@'%'"),
                role("sessions stay", MYSQL, mysql, "", "leave open sessions running (DROP USER does not end them)"),
                role(
                        "PostgreSQL's words help nobody",
                        MYSQL,
                        mysql,
                        "SELECT pg_terminate_backend(1)",
                        "leave open sessions running"),
                role(
                        "too wide",
                        MYSQL,
                        mysql + " WITH GRANT OPTION",
                        "KILL USER '{{name}}'@'%'",
                        "grants administrative privileges"),
                role("right", REDIS, "[\"~orders:*\", \"+@all\", \"-@admin\"]", ""),
                role("too wide", REDIS, "[\"~*\", \"+@all\"]", "", "gives commands of the category admin"),
                role(
                        "one command",
                        REDIS,
                        "[\"+@read\", \"+acl|setuser\"]",
                        "",
                        "gives commands of the category admin"),
                role("unknown", "mongodb-database-plugin", "{}", "", "of which Errand does not know whether"));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("setUps")
    void eachPluginHearsWhatIsItsOwn(
            String what, String plugin, String creation, String revocation, List<String> said) {
        DatabaseRole role = DatabaseRole.of(
                new JsonObject()
                        .add("creation_statements", new JsonArray().add(creation))
                        .add("revocation_statements", new JsonArray().add(revocation)),
                new JsonObject().add("connection_details", new JsonObject().add("username", "vault_at_check")));

        List<Finding> findings = DatabasePlugin.of(plugin).findings("database/roles/x", role);

        assertThat(findings).allMatch(finding -> finding.severity() == Finding.Severity.WARNING);
        assertThat(findings).hasSize(said.size());
        for (int i = 0; i < said.size(); i++) {
            assertThat(findings.get(i).detail()).contains(said.get(i));
        }
    }

    private static Arguments role(String what, String plugin, String creation, String revocation, String... said) {
        return Arguments.of(what, plugin, creation, revocation, List.of(said));
    }

    /** What there is at a path of a real Vault, and all that is said of it. */
    static Stream<Arguments> paths() {
        return Stream.of(
                Arguments.of(READ, List.of()),
                Arguments.of("pki/issue/agents", List.of()),
                Arguments.of("database/creds/nope", List.of("ERROR database/roles/nope does not exist")),
                Arguments.of(
                        "database/reset/orders", List.of("ERROR database/reset/orders is not database/creds/<role>")),
                Arguments.of(
                        "database/creds/careless",
                        List.of(
                                "WARNING database/roles/careless has no default_ttl",
                                "ERROR database/config/orders does not list the role careless in allowed_roles",
                                "WARNING database/roles/careless has no revocation_statements")),
                Arguments.of(
                        "database/creds/adrift",
                        List.of(
                                "WARNING database/roles/adrift has no default_ttl",
                                "ERROR database/config/nowhere does not exist")),
                Arguments.of(
                        "database/creds/pg-wide",
                        List.of("WARNING database/roles/pg-wide makes logins with SUPERUSER, which no agent needs")),
                Arguments.of("database/creds/shop-right", List.of()),
                Arguments.of(
                        "database/creds/shop-wide",
                        List.of("WARNING database/roles/shop-wide grants administrative privileges")),
                Arguments.of(
                        "database/creds/shop-wrong",
                        List.of(
                                "WARNING database/roles/shop-wrong has revocation_statements that leave open sessions")),
                Arguments.of("database/creds/shop-nope", List.of("ERROR database/roles/shop-nope does not exist")),
                Arguments.of("database/creds/cache-right", List.of()),
                Arguments.of(
                        "database/creds/cache-wide",
                        List.of("WARNING database/roles/cache-wide gives commands of the category admin")),
                Arguments.of(
                        "database/creds/cache-wrong",
                        List.of("ERROR database/config/narrow does not list the role cache-wrong in allowed_roles")),
                Arguments.of("pki/issue/wide", List.of("WARNING pki/roles/wide has allow_any_name=true")),
                Arguments.of(
                        "pki/issue/wrong",
                        List.of(
                                "ERROR pki/roles/wrong must have generate_lease=true",
                                "ERROR pki/roles/wrong must have no not_after")),
                Arguments.of("pki/revoke", List.of("ERROR pki/revoke is not pki/issue/<role>")),
                Arguments.of("queues/reset/narrow", List.of("ERROR queues/reset/narrow is not queues/creds/<role>")),
                Arguments.of("pki/issue/nope", List.of("ERROR pki/roles/nope does not exist")),
                Arguments.of("ssh/issue/agents", List.of()),
                Arguments.of("ssh/sign/agents", List.of()),
                Arguments.of("ssh/issue/nope", List.of("ERROR ssh/roles/nope does not exist")),
                Arguments.of("ssh/issue/otp", List.of("ERROR ssh/roles/otp must have key_type=ca")),
                Arguments.of("ssh/issue/nothing", List.of("ERROR ssh/roles/nothing must have allowed_users")),
                Arguments.of(
                        "ssh/issue/wide",
                        List.of(
                                "WARNING ssh/roles/wide has allow_empty_principals=true",
                                "WARNING ssh/roles/wide has allowed_users=*",
                                "WARNING ssh/roles/wide has a key_id_format without {{token_display_name}}")),
                Arguments.of("ssh/verify/x", List.of("ERROR ssh/verify/x gives neither a lease nor a certificate")),
                Arguments.of("ssh/creds/otp", List.of()),
                Arguments.of("ssh/creds/ca", List.of("ERROR ssh/roles/ca must have key_type=otp")),
                Arguments.of("queues/creds/narrow", List.of()),
                Arguments.of(
                        "queues/creds/wide", List.of("WARNING queues/roles/wide has the tag management, policymaker")),
                Arguments.of("queues/creds/nope", List.of("ERROR queues/roles/nope does not exist")),
                Arguments.of("transit/encrypt/k", List.of("ERROR transit/encrypt/k is in an engine of type transit")),
                Arguments.of("nowhere/creds/x", List.of("ERROR nowhere/creds/x is in no secrets engine")));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void eachPathIsLookedAtByItsEngine(String path, List<String> said) {
        Engines.stand();
        Vaults vault = DocumentedVault.get().vault();
        String token = vault.root(
                        "POST",
                        "auth/token/create",
                        Map.of("policies", List.of("errand-broker", "queues"), "no_default_policy", true))
                .path("auth")
                .path("client_token")
                .asString();
        try (Rig rig = Rig.withToken(vault.address(), token)) {
            List<String> findings = rig.findings(path).stream()
                    .map(finding -> finding.severity() + " " + finding.subject() + " " + finding.detail())
                    .filter(finding -> !finding.contains("the broker's policy lacks"))
                    .toList();

            assertThat(findings).as("%s", findings).hasSize(said.size());
            for (int i = 0; i < said.size(); i++) {
                assertThat(findings.get(i)).startsWith(said.get(i));
            }
        }
    }

    /** Set up once, whichever row comes first. */
    private static final class Engines {
        private static final Engines ONE = new Engines();

        static void stand() {
            Objects.requireNonNull(ONE);
        }

        private Engines() {
            Vaults vault = DocumentedVault.get().vault();
            String create = "CREATE ROLE \"{{name}}\" LOGIN";
            vault.root("POST", "database/roles/careless", Map.of("db_name", "orders", "creation_statements", create));
            vault.root("POST", "database/roles/adrift", Map.of("db_name", "nowhere", "creation_statements", create));
            Map.of("queues", "rabbitmq", "transit", "transit")
                    .forEach((mount, type) -> vault.root("POST", "sys/mounts/" + mount, Map.of("type", type)));
            vault.root(
                    "PUT",
                    "sys/policies/acl/queues",
                    Map.of("policy", "path \"queues/roles/*\" { capabilities = [\"read\"] }"));
            vault.root(
                    "POST",
                    "ssh/roles/otp",
                    Map.of("key_type", "otp", "default_user", "agent", "cidr_list", "10.0.0.0/8"));
            vault.root("POST", "ssh/roles/ca", Map.of("key_type", "ca", "allow_user_certificates", true));
            databases(vault);
            vault.root(
                    "POST", "pki/roles/wide", Map.of("allow_any_name", true, "generate_lease", true, "max_ttl", "1h"));
            vault.root(
                    "POST",
                    "pki/roles/wrong",
                    Map.of("allowed_domains", "agents.example", "not_after", "2036-12-31T00:00:00Z"));
            vault.root("POST", "ssh/roles/nothing", Map.of("key_type", "ca", "allow_user_certificates", true));
            vault.root(
                    "POST",
                    "ssh/roles/wide",
                    Map.of(
                            "key_type", "ca",
                            "allow_user_certificates", true,
                            "allow_empty_principals", true,
                            "allowed_users", "*",
                            "key_id_format", "agent-{{public_key_hash}}"));
            vault.root("POST", "queues/roles/narrow", Map.of("vhosts", "{\"/\": {\"read\": \"^orders$\"}}"));
            vault.root("POST", "queues/roles/wide", Map.of("tags", "management, policymaker"));
        }
    }

    /** Vault does not look whether such a server is there. */
    private static void databases(Vaults vault) {
        Map.of("check-shop", MYSQL, "check-cache", REDIS, "narrow", REDIS).forEach((name, plugin) -> {
            Map<String, Object> config = new HashMap<>(Map.of(
                    "plugin_name",
                    plugin,
                    "verify_connection",
                    false,
                    "allowed_roles",
                    name.equals("narrow") ? "another" : "*",
                    "username",
                    "vault_at_check",
                    "password",
                    "unused"));
            config.putAll(
                    plugin.equals(MYSQL)
                            ? Map.of(
                                    "connection_url", "{{username}}:{{password}}@tcp(127.0.0.1:9)/",
                                    "username_template", "errand_{{.DisplayName}}_{{unix_time}}")
                            : Map.of("host", "127.0.0.1", "port", 9));
            vault.root("POST", "database/config/" + name, config);
        });
        String login = "CREATE USER '{{name}}'@'%' IDENTIFIED BY '{{password}}';";
        database(vault, "shop-right", "check-shop", login, "KILL USER '{{name}}'@'%'; DROP USER '{{name}}'@'%'");
        database(
                vault, "shop-wide", "check-shop", login + "GRANT ALL ON *.* TO '{{name}}'@'%'", "KILL USER '{{name}}'");
        database(vault, "shop-wrong", "check-shop", login, "DROP USER '{{name}}'@'%'");
        database(vault, "cache-right", "check-cache", "[\"~orders:*\", \"+@read\", \"-@admin\"]", "");
        database(vault, "cache-wide", "check-cache", "[\"~*\", \"+@all\"]", "");
        database(vault, "cache-wrong", "narrow", "[\"~*\", \"+@read\"]", "");
        vault.root("POST", "database/config/orders", Map.of("allowed_roles", "orders-read,orders-write,pg-wide"));
        database(vault, "pg-wide", "orders", "CREATE ROLE \"{{name}}\" SUPERUSER LOGIN", VaultPage.revocation());
    }

    private static void database(Vaults vault, String role, String config, String creation, String revocation) {
        vault.root(
                "POST",
                "database/roles/" + role,
                Map.of(
                        "db_name",
                        config,
                        "default_ttl",
                        "15m",
                        "creation_statements",
                        List.of(creation),
                        "revocation_statements",
                        List.of(revocation)));
    }

    @Test
    void withoutALoginNothingIsRegistered() {
        try (Rig rig = Rig.withToken(DocumentedVault.get().vault().address(), "hvs.nobody")) {
            assertThat(rig.check.report("errand", Set.of(), ""))
                    .first()
                    .satisfies(finding -> assertThat(finding.detail()).startsWith("the broker is not logged in"));
            assertThat(rig.backend.check(Rig.binding(Map.of("read", READ)))).isNotEmpty();
        }
    }
}
