package io.errand.faults;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Vaults;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the broker processes of one test share: a database of their own, the target database, a Vault, and settings. */
final class Deployment {

    /** The tool on Vault's database engine, the one on the target itself, and one that costs nothing. */
    static final String VAULT_TOOL = "orders-by-vault";

    static final String POSTGRES_TOOL = "orders-db";
    static final String JWT_TOOL = "reports";
    static final String AGENT = "worker";

    private final String database =
            "faults_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Path folder;
    private final Postgres server;
    /** Null: this deployment has no Vault. */
    private final @Nullable LeasedEngine engine;

    Deployment() {
        this(Servers.vault());
    }

    Deployment(Vaults vault) {
        this(Servers.postgres(), vault);
    }

    /** One whose database and target are on that server, with that Vault before the target. */
    Deployment(Postgres server, Vaults vault) {
        this(LeasedEngine.at(vault, server), server);
        settings.put("errand.vault.address", vault.address());
        settings.put("errand.vault.auth.token", vault.rootToken());
    }

    /** A deployment of the backends {@code postgres} and {@code jwt} alone. */
    static Deployment withoutVault() {
        return new Deployment(null, Servers.postgres());
    }

    /** The same, with its database and its target on a server of its own. */
    static Deployment on(Postgres server) {
        return new Deployment(null, server);
    }

    private Deployment(@Nullable LeasedEngine engine, Postgres server) {
        this.server = server;
        try {
            folder = Files.createTempDirectory("errand-faults");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.engine = engine;
        settings.putAll(Surroundings.settings(server, database));
        settings.put("errand.issuer", BrokerTest.ISSUER);
        settings.put("errand.console.client-id", BrokerTest.CONSOLE);
        // As in BrokerTest, both: deployments under test share a target and an issuer identifier.
        settings.put("errand.reconcile.enabled", "false");
        settings.put("db-scheduler.polling-interval", "500ms");
    }

    /** For the processes that start from now on. */
    Deployment with(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** The target's address as the broker has it. */
    Deployment targetAt(String address) {
        return with("errand.targets.orders.url", "jdbc:postgresql://" + address + "/" + Surroundings.TARGET_DATABASE);
    }

    /** The address of the broker's own database. */
    Deployment databaseAt(String address) {
        return with("spring.datasource.url", "jdbc:postgresql://" + address + "/" + database);
    }

    Postgres server() {
        return server;
    }

    String database() {
        return database;
    }

    LeasedEngine engine() {
        return Objects.requireNonNull(engine);
    }

    boolean hasVault() {
        return engine != null;
    }

    BrokerProcess launch() {
        return launch(Map.of());
    }

    /** Without waiting until it is ready. */
    BrokerProcess launch(Map<String, String> system) {
        return launch(system, engine == null ? AheadOfTime.without() : AheadOfTime.options());
    }

    BrokerProcess launch(Map<String, String> system, List<String> options) {
        return BrokerProcess.start(folder, settings, system, options);
    }

    BrokerProcess start() {
        return launch().awaitReady();
    }

    /** A broker of another build on the same database. */
    BrokerProcess startOther(String classPath) {
        return BrokerProcess.startOther(folder, settings, classPath).awaitReady();
    }

    /** Registers the tools, the agent that may use them, and the policy that lets it. */
    static Scene furnish(BrokerProcess broker) {
        Scene scene = furnishWithoutVault(broker);
        JsonNode vault = scene.admin()
                .put("/admin/v1/tools/" + VAULT_TOOL, LeasedEngine.tool())
                .json();
        if (!vault.path("name").asString().equals(VAULT_TOOL)) {
            throw new AssertionError(vault.toString());
        }
        return scene;
    }

    static Scene furnishWithoutVault(BrokerProcess broker) {
        Scene scene = new Scene(broker.port());
        scene.jwtTool(JWT_TOOL, Map.of());
        scene.postgresTool(POSTGRES_TOOL, Map.of());
        scene.agent(
                AGENT,
                POSTGRES_TOOL,
                Map.of(
                        "max_live_leases",
                        100_000,
                        "tools",
                        List.of(
                                Map.of("tool", VAULT_TOOL, "actions", List.of("read")),
                                Map.of("tool", POSTGRES_TOOL, "actions", List.of("read", "write")),
                                Map.of("tool", JWT_TOOL, "actions", List.of("read")))));
        scene.policy("all", "permit(principal, action, resource);");
        return scene;
    }

    // What is on record, and at the targets.

    /** Rows of the broker's own database, columns as text. */
    List<List<String>> rows(String sql) {
        return rows(server, database, sql);
    }

    List<List<String>> rowsAtTarget(String sql) {
        return rows(server, Surroundings.TARGET_DATABASE, sql);
    }

    /** Of a database of the server that tests here share. */
    static List<List<String>> rows(String database, String sql) {
        return rows(Servers.postgres(), database, sql);
    }

    private static List<List<String>> rows(Postgres server, String database, String sql) {
        try (Connection connection = server.connect(database);
                PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            List<List<String>> rows = new ArrayList<>();
            while (row.next()) {
                List<String> columns = new ArrayList<>();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    columns.add(String.valueOf(row.getString(i)));
                }
                rows.add(columns);
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    long count(String sql) {
        return Long.parseLong(rows(sql).getFirst().getFirst());
    }

    void execute(String sql) {
        server.execute(database, sql);
    }

    /** Lease ids. */
    List<String> leases() {
        return rows("SELECT id FROM lease ORDER BY id").stream()
                .map(List::getFirst)
                .toList();
    }

    /** Logins at the target that carry the id of a lease of ours, whichever backend made them. */
    List<String> rolesAtTarget() {
        List<String> ours = leases();
        return rows(
                        server,
                        Surroundings.TARGET_DATABASE,
                        "SELECT substring(rolname FROM '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'),"
                                + " rolname FROM pg_roles WHERE rolname LIKE 'errand\\_%'")
                .stream()
                .filter(row -> ours.contains(row.getFirst()))
                .map(row -> row.get(1))
                .toList();
    }

    /** What the rows wait for is passed over: the time until somebody else may look at a dead process's, or until the next try. */
    void passTime() {
        // In the order in which brokers lock them.
        execute("WITH waiting AS (SELECT id FROM lease WHERE state IN ('pending', 'revoking') ORDER BY id FOR UPDATE)"
                + " UPDATE lease SET due_at = now(), claimed_until = NULL FROM waiting WHERE lease.id = waiting.id");
    }

    void awaitCount(String what, String sql, long least) {
        await(what, () -> count(sql) >= least);
    }

    void awaitDrained() {
        awaitNone("lease", "SELECT count(*) FROM lease WHERE state <> 'revoked'");
    }

    private void awaitNone(String what, String sql) {
        await(what, () -> count(sql) == 0);
    }

    static void await(String what, Supplier<Boolean> condition) {
        Awaitility.await(what)
                // A circuit that is open looks again after a minute at the latest.
                .atMost(java.time.Duration.ofSeconds(100))
                .pollInterval(java.time.Duration.ofMillis(50))
                .until(condition::get);
    }
}
