package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.BrokerTest;
import io.errand.testing.MariaDb;
import io.errand.testing.PageBlock;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.SealableVault;
import io.errand.testing.Vaults;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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

    /** A target, the path at which Vault makes its logins, and the member of the receipt that says that they are absent. */
    enum Place {
        MARIADB("shop", "database/creds/shop-read", "accounts"),
        POSTGRESQL("orders", "database/creds/orders-read", "catalogue");

        private final String target;
        private final String path;
        private final String absent;

        Place(String target, String path, String absent) {
            this.target = target;
            this.path = path;
            this.absent = absent;
        }

        Connection login(JsonNode granted) throws SQLException {
            JsonNode data = granted.path("credentials").path(0).path("data");
            String user = data.path("username").asString();
            String password = data.path("password").asString();
            return this == MARIADB
                    ? MariaDb.shared().connect(user, password)
                    : DriverManager.getConnection(Postgres.shared().url("orders"), user, password);
        }
    }

    @SuppressWarnings("NullAway.Init")
    private static SealableVault vault;

    private final Scene scene;

    ObservedTargetsTest(@LocalServerPort int port) {
        scene = new Scene(port);
        scene.permits();
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
        Postgres orders = Postgres.shared();
        orders.execute(
                "orders",
                "CREATE ROLE vault_observed LOGIN CREATEROLE PASSWORD 'of-vault'",
                "GRANT orders_reader, orders_writer TO vault_observed WITH ADMIN OPTION",
                "GRANT vault_observed TO errand_broker");
        vault.vault().root("POST", "sys/mounts/database", Map.of("type", "database"));
        shop(server.address());
        orders(orders);
        vault.vault()
                .root(
                        "PUT",
                        "sys/policies/acl/observed",
                        Map.of("policy", "path \"database/creds/*\" { capabilities = [\"read\"] }"));
        vault.vault().root("POST", "auth/token/roles/errand", Map.of("allowed_policies", "observed", "orphan", true));
        registry.add("errand.vault.address", vault.vault()::address);
        registry.add("errand.vault.auth.token", vault.vault()::rootToken);
        for (String login : List.of("errand_broker", "weak_broker")) {
            String key = "errand.mariadb-targets." + (login.equals("errand_broker") ? "shop." : "weak.");
            registry.add(key + "url", () -> "jdbc:mariadb://" + server.address() + "/");
            registry.add(key + "username", () -> login);
            registry.add(key + "password", () -> "of-broker");
        }
    }

    /** Vault's own revocation: it drops the login and does not end its sessions. */
    private static void orders(Postgres server) {
        Vaults root = vault.vault();
        root.root(
                "POST",
                "database/config/orders",
                Map.of(
                        "plugin_name", "postgresql-database-plugin",
                        "allowed_roles", "orders-read,orders-write",
                        "connection_url",
                                "postgresql://{{username}}:{{password}}@" + server.host() + ":" + server.port()
                                        + "/orders?sslmode=disable",
                        "username", "vault_observed",
                        "password", "of-vault",
                        "username_template", "errand_{{.DisplayName}}_{{unix_time}}"));
        for (String role : List.of("orders-read", "orders-write")) {
            root.root(
                    "POST",
                    "database/roles/" + role,
                    Map.of(
                            "db_name", "orders",
                            "default_ttl", "15m",
                            "creation_statements",
                                    "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' IN ROLE orders_writer"));
        }
    }

    /** The same at MariaDB. */
    private static void shop(String address) {
        Vaults root = vault.vault();
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
    }

    @ParameterizedTest
    @EnumSource
    void whatVaultLeavesOpenIsCutAndTheReceiptSaysWhoLooked(Place place) throws SQLException {
        JsonNode granted = granted(place, place.target);
        try (Connection session = place.login(granted)) {
            session.createStatement().execute("SELECT 1");

            Answer completed = scene.complete(granted);

            assertThat(completed.status()).as(completed.text()).isEqualTo(200);
            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
            JsonNode evidence = evidence(completed);
            assertThat(evidence.path("statement").asString())
                    .startsWith("At the target '" + place.target + "' the broker ended the credential and looked:")
                    .contains("Vault says that it revoked")
                    .doesNotContain("Nobody looked");
            JsonNode observed = evidence.path("facts").path("observed");
            assertThat(observed.path("target").asString()).isEqualTo(place.target);
            assertThat(observed.path("sessions").asInt()).isZero();
            assertThat(observed.path("sessions_ended").asInt()).isEqualTo(1);
            assertThat(observed.path(place.absent).asString()).isEqualTo("absent");
            assertThat(evidence.path("facts").path("lease_lookup").asString()).contains("invalid lease");
        }
    }

    @Test
    void withoutObserveTheReceiptSaysThatNobodyLooked() throws SQLException {
        JsonNode granted = granted(Place.MARIADB, "");
        try (Connection session = Place.MARIADB.login(granted)) {
            Answer completed = scene.complete(granted);

            assertThat(completed.status()).as(completed.text()).isEqualTo(200);
            assertThat(evidence(completed).path("statement").asString())
                    .endsWith("Nobody looked for open sessions at its target.");
            assertThat(evidence(completed).path("facts").path("sessions").asString())
                    .isEqualTo("not_looked_at");
            session.createStatement().execute("SELECT 1"); // and that is what they do
        }
    }

    @ParameterizedTest
    @EnumSource
    void whileVaultIsSealedAnObservedLoginEndsAllTheSame(Place place) throws SQLException {
        JsonNode granted = granted(place, place.target);
        try (Connection session = place.login(granted)) {
            vault.seal();
            try {
                scene.end(granted);

                Awaitility.await("the session is cut while Vault is sealed")
                        .atMost(Duration.ofSeconds(20))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> !session.isValid(1));
                assertThatThrownBy(() -> place.login(granted)).isInstanceOf(SQLException.class);
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
                            .path(place.absent)
                            .asString())
                    .isEqualTo("absent");
        }
    }

    @Test
    void aLoginThatHoldsItselfAndOwnsSomethingElsewhereEndsWithItsTask() throws SQLException {
        JsonNode granted = granted(Place.POSTGRESQL, "orders");
        JsonNode data = granted.path("credentials").path(0).path("data");
        try (Connection elsewhere = DriverManager.getConnection(
                Postgres.shared().url("postgres"),
                data.path("username").asString(),
                data.path("password").asString())) {
            elsewhere.createStatement().execute("SELECT lo_create(0)");
        }
        try (Connection session = Place.POSTGRESQL.login(granted)) {
            session.createStatement().execute("CREATE TABLE of_the_observed (a int)");
            session.setAutoCommit(false);
            session.createStatement().execute("ALTER ROLE CURRENT_USER PASSWORD 'its-own'");

            Answer completed = scene.complete(granted);

            assertThat(completed.status()).as(completed.text()).isEqualTo(200);
            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
            JsonNode observed = evidence(completed).path("facts").path("observed");
            assertThat(observed.path("catalogue").asString()).isEqualTo("absent");
            assertThat(observed.toString()).contains("of_the_observed").contains("large object");
        }
    }

    @Test
    void aTargetAtWhichTheBrokerCannotEndIsRefused() {
        for (String probe : List.of("", "?probe=false")) {
            Answer weak = register(Scene.name("tool"), Place.MARIADB.path, "weak", probe);
            Answer unknown = register(Scene.name("tool"), Place.MARIADB.path, "nowhere", probe);

            assertThat(weak.status()).isEqualTo(400);
            assertThat(weak.json().path("member").asString()).isEqualTo("config.observe");
            assertThat(weak.json().path("detail").asString()).contains("lacks PROCESS");
            assertThat(unknown.status()).isEqualTo(400);
            assertThat(unknown.json().path("detail").asString()).contains("no target 'nowhere'");
        }
    }

    private JsonNode granted(Place place, String observe) {
        String tool = Scene.name("shop");
        String agent = Scene.name("agent");
        Answer registered = place == Place.POSTGRESQL && observe.equals(place.target)
                ? registerAsShown(tool)
                : register(tool, place.path, observe, "");
        assertThat(registered.status()).as(registered.text()).isEqualTo(201);
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        Answer granted = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        return granted.json();
    }

    private Answer register(String name, String path, String observe, String query) {
        Map<String, Object> config = new HashMap<>(Map.of("token_role", "errand", "path", Map.of("read", path)));
        if (!observe.isEmpty()) {
            config.put("observe", observe);
        }
        return register(name, config, List.of("read"), query);
    }

    /** What the page shows. */
    private Answer registerAsShown(String name) {
        Map<?, ?> config = (Map<?, ?>) Objects.requireNonNull(
                PageBlock.of("docs/vault.md", "observe").resource().get("config"));
        return register(name, config, List.of("read", "write"), "");
    }

    private Answer register(String name, Map<?, ?> config, List<String> actions, String query) {
        return scene.admin()
                .put(
                        "/admin/v1/tools/" + name + query,
                        Map.of(
                                "backend",
                                "vault",
                                "actions",
                                actions,
                                "sensitivity",
                                "internal",
                                "environment",
                                "production",
                                "config",
                                config));
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
