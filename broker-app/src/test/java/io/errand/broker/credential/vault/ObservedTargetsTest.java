package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BrokerTest;
import io.errand.testing.MariaDb;
import io.errand.testing.Scene;
import io.errand.testing.SealableVault;
import io.errand.testing.Vaults;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * A tool that observes its target: what Vault's own revocation leaves open the broker ends itself, whether Vault answers or not, and
 * the receipt says who did what.
 */
@BrokerTest
class ObservedTargetsTest {

    private static SealableVault vault;

    private final Scene scene;

    ObservedTargetsTest(@LocalServerPort int port) {
        scene = new Scene(port);
        scene.policy("tests", "permit(principal, action, resource);");
    }

    @BeforeAll
    static void thereIsAVault() {
        Vaults.command(); // skips before the service is started
    }

    @AfterAll
    static void close() {
        vault.close();
    }

    @DynamicPropertySource
    static void targets(DynamicPropertyRegistry registry) {
        vault = new SealableVault();
        MariaDb server = MariaDb.shared();
        server.execute("""
                CREATE USER errand_broker@'%' IDENTIFIED BY 'of-broker';
                GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO errand_broker@'%';
                GRANT SELECT ON mysql.user TO errand_broker@'%';
                CREATE USER weak_broker@'%' IDENTIFIED BY 'of-broker';
                GRANT CREATE USER ON *.* TO weak_broker@'%';
                GRANT SELECT ON mysql.user TO weak_broker@'%';
                CREATE USER vault_observed@'%' IDENTIFIED BY 'of-vault';
                GRANT CREATE USER ON *.* TO vault_observed@'%';
                GRANT SELECT ON shop.* TO vault_observed@'%' WITH GRANT OPTION;
                """);
        engine(server.address());
        registry.add("errand.vault.address", vault.vault()::address);
        registry.add("errand.vault.auth.token", vault.vault()::rootToken);
        for (String login : List.of("errand_broker", "weak_broker")) {
            String key = "errand.mariadb-targets." + (login.equals("errand_broker") ? "shop." : "weak.");
            registry.add(key + "url", () -> "jdbc:mariadb://" + server.address() + "/");
            registry.add(key + "username", () -> login);
            registry.add(key + "password", () -> "of-broker");
        }
    }

    /** Vault drops the user and does not end its sessions. */
    private static void engine(String address) {
        Vaults root = vault.vault();
        root.root("POST", "sys/mounts/database", Map.of("type", "database"));
        root.root(
                "POST",
                "database/config/shop",
                Map.of(
                        "plugin_name", "mysql-database-plugin",
                        "allowed_roles", "shop-read",
                        "connection_url", "{{username}}:{{password}}@tcp(" + address + ")/",
                        "username", "vault_observed",
                        "password", "of-vault",
                        // As short as MySQL wants it: the lease's id alone.
                        "username_template", "{{.DisplayName | replace \"token-\" \"\" | replace \"-\" \"\"}}"));
        root.root(
                "POST",
                "database/roles/shop-read",
                Map.of(
                        "db_name", "shop",
                        "default_ttl", "15m",
                        "creation_statements",
                                "CREATE USER '{{name}}'@'%' IDENTIFIED BY '{{password}}';"
                                        + " GRANT SELECT ON shop.* TO '{{name}}'@'%';",
                        "revocation_statements", "DROP USER IF EXISTS '{{name}}'@'%'"));
        root.root(
                "PUT",
                "sys/policies/acl/observed",
                Map.of("policy", "path \"database/creds/*\" { capabilities = [\"read\"] }"));
        root.root(
                "POST", "auth/token/roles/errand", Map.of("allowed_policies", "observed", "orphan", true));
    }

    @Test
    void whatVaultLeavesOpenIsCutAndTheReceiptSaysWhoLooked() throws SQLException {
        JsonNode granted = granted("shop");
        try (Connection session = login(granted)) {
            session.createStatement().execute("SELECT item FROM shop.orders");

            Answer completed = scene.complete(granted);

            assertThat(completed.status()).as(completed.text()).isEqualTo(200);
            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
            JsonNode evidence = evidence(completed);
            assertThat(evidence.path("statement").asString())
                    .startsWith("At the target 'shop' the broker ended the credential and looked:")
                    .contains("Vault says that it revoked")
                    .doesNotContain("Nobody looked");
            JsonNode observed = evidence.path("facts").path("observed");
            assertThat(observed.path("target").asString()).isEqualTo("shop");
            assertThat(observed.path("sessions").asInt()).isZero();
            assertThat(observed.path("sessions_ended").asInt()).isEqualTo(1);
            assertThat(observed.path("accounts").asString()).isEqualTo("absent");
            assertThat(evidence.path("facts").path("lease_lookup").asString()).contains("invalid lease");
        }
    }

    @Test
    void withoutObserveTheReceiptSaysThatNobodyLooked() throws SQLException {
        JsonNode granted = granted("");
        try (Connection session = login(granted)) {
            Answer completed = scene.complete(granted);

            assertThat(completed.status()).as(completed.text()).isEqualTo(200);
            assertThat(evidence(completed).path("statement").asString())
                    .endsWith("Nobody looked for open sessions at its target.");
            assertThat(evidence(completed).path("facts").path("sessions").asString())
                    .isEqualTo("not_looked_at");
            session.createStatement().execute("SELECT 1"); // and that is what they do
        }
    }

    @Test
    void whileVaultIsSealedAnObservedLoginEndsAllTheSame() throws SQLException {
        JsonNode granted = granted("shop");
        try (Connection session = login(granted)) {
            vault.seal();
            try {
                scene.end(granted);

                Awaitility.await("the session is cut while Vault is sealed")
                        .atMost(Duration.ofSeconds(20))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> !session.isValid(1));
                assertThatThrownBy(() -> login(granted)).hasMessageContaining("Access denied");
                assertThat(state(granted)).isEqualTo("revoking");
            } finally {
                vault.unseal();
            }
            Awaitility.await("Vault has revoked it too")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> state(granted).equals("revoked"));
            assertThat(evidence(scene.complete(granted))
                            .path("facts")
                            .path("observed")
                            .path("accounts")
                            .asString())
                    .isEqualTo("absent");
        }
    }

    @Test
    void aTargetAtWhichTheBrokerCannotEndIsRefused() {
        for (String probe : List.of("", "?probe=false")) {
            Answer weak = register(Scene.name("tool"), "weak", probe);
            Answer unknown = register(Scene.name("tool"), "nowhere", probe);

            assertThat(weak.status()).isEqualTo(400);
            assertThat(weak.json().path("member").asString()).isEqualTo("config.observe");
            assertThat(weak.json().path("detail").asString()).contains("lacks PROCESS");
            assertThat(unknown.status()).isEqualTo(400);
            assertThat(unknown.json().path("detail").asString()).contains("no target 'nowhere'");
        }
    }

    private JsonNode granted(String observe) {
        String tool = Scene.name("shop");
        String agent = Scene.name("agent");
        Answer registered = register(tool, observe, "");
        assertThat(registered.status()).as(registered.text()).isEqualTo(201);
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        Answer granted = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        return granted.json();
    }

    private Answer register(String name, String observe, String query) {
        Map<String, Object> config = new HashMap<>(
                Map.of("token_role", "errand", "path", Map.of("read", "database/creds/shop-read")));
        if (!observe.isEmpty()) {
            config.put("observe", observe);
        }
        return scene.admin()
                .put(
                        "/admin/v1/tools/" + name + query,
                        Map.of(
                                "backend",
                                "vault",
                                "actions",
                                List.of("read"),
                                "sensitivity",
                                "internal",
                                "environment",
                                "production",
                                "config",
                                config));
    }

    private static Connection login(JsonNode granted) throws SQLException {
        JsonNode data = granted.path("credentials").path(0).path("data");
        return MariaDb.shared()
                .connect(data.path("username").asString(), data.path("password").asString());
    }

    private String state(JsonNode granted) {
        return scene.end(granted).json().path("leases").path(0).path("state").asString();
    }

    private JsonNode evidence(Answer completed) {
        return scene.verified(
                        completed.json().path("leases").path(0).path("receipt").asString())
                .path("evidence");
    }
}
