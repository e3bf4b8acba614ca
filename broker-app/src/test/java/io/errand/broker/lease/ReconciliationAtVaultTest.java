package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.removal.Destroyer;
import io.errand.broker.lease.removal.LeaseListener;
import io.errand.broker.lease.removal.LeasePoller;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import io.errand.testing.Postgres;
import io.errand.testing.SealableVault;
import io.errand.testing.Surroundings;
import io.errand.testing.Vaults;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** The same at a real Vault that is nobody else's, by the recurring job; and that Vault sealed. */
@LeaseTest
@DirtiesContext
@TestPropertySource(
        properties = {
            "errand.issuer=" + ReconciliationAtVaultTest.ISSUER,
            "errand.reconcile.enabled=true",
            "errand.reconcile.interval=PT1S",
            "db-scheduler.polling-interval=200ms"
        })
class ReconciliationAtVaultTest {

    static final String ISSUER = "https://reconciliation-at-vault.test";
    private static final String PATH = "database/creds/reader";

    @SuppressWarnings("NullAway.Init") // set before anything else
    private static SealableVault sealable;

    @Autowired
    private Ground ground;

    @Autowired
    private LeaseQueue queue;

    @Autowired
    private Destroyer destroyer;

    @Autowired
    private LeaseProperties settings;

    @Autowired
    private JdbcConnectionDetails database;

    @BeforeAll
    static void setUp() {
        Vaults.command(); // skips where there is none
        Postgres server = Postgres.shared();
        sealable = new SealableVault();
        Vaults vault = sealable.vault();
        assertThat(Surroundings.WORKLOADS)
                .as("makes the database " + Surroundings.TARGET_DATABASE)
                .isNotNull();
        vault.root("POST", "sys/mounts/database", Map.of("type", "database"));
        vault.root(
                "POST",
                "database/config/orders",
                Map.of(
                        "plugin_name",
                        "postgresql-database-plugin",
                        "allowed_roles",
                        "*",
                        "connection_url",
                        "postgresql://{{username}}:{{password}}@" + server.host() + ":" + server.port()
                                + "/orders?sslmode=disable",
                        "username",
                        server.user(),
                        "password",
                        server.password()));
        vault.root(
                "POST",
                "database/roles/reader",
                Map.of(
                        "db_name",
                        "orders",
                        "default_ttl",
                        "10m",
                        "creation_statements",
                        List.of("CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"
                                + " IN ROLE orders_reader")));
        vault.root(
                "PUT", "sys/policies/acl/reader", Map.of("policy", "path \"" + PATH + "\" {capabilities=[\"read\"]}"));
        vault.root(
                "POST",
                "auth/token/roles/errand",
                Map.of("orphan", true, "allowed_policies", "reader", "renewable", false));
    }

    @DynamicPropertySource
    static void vault(DynamicPropertyRegistry properties) {
        properties.add("errand.vault.address", () -> sealable.vault().address());
        properties.add("errand.vault.auth.token", () -> sealable.vault().rootToken());
    }

    @AfterAll
    static void tearDown() {
        if (sealable != null) {
            sealable.close();
        }
    }

    @Test
    void theRecurringJobDestroysWhatARestoredDatabaseNeverHeardOf() {
        Task task = ground.task("at-vault");
        Opened lease = ground.live(task, tool("at-vault"));
        Opened kept = ground.live(ground.task("kept-at-vault"), tool("kept-at-vault"));
        UUID anothers = anothersToken();
        assertThat(leasesAtVault()).isEqualTo(2);

        ground.jdbc
                .sql("DELETE FROM lease WHERE id = :id")
                .param("id", lease.id())
                .update();

        await("the recurring job")
                .atMost(Duration.ofSeconds(30))
                .until(() -> found(lease.id()).contains("destroyed"));
        assertThat(leasesAtVault()).isEqualTo(1);
        assertThat(found(anothers)).isEmpty();
        assertThat(found(kept.id())).isEmpty();
        assertThat(ground.state(kept.id())).isEqualTo("active");
        ground.leases.revoke(kept.id(), "test", "person:test");
        new LeaseWorker(queue, destroyer, settings).runOnce();
        assertThat(leasesAtVault()).isZero();
    }

    @Test
    void aSealedVaultDelaysNoOtherBackend() {
        Task sealed = ground.task("sealed");
        Task well = ground.task("not-sealed");
        for (int i = 0; i < 20; i++) {
            ground.live(sealed, tool("sealed"));
        }
        ground.live(well, Ground.orders("orders-not-sealed"));
        LeasePoller poller = new LeasePoller(
                new LeaseWorker(queue, destroyer, settings), new LeaseListener(database, settings), settings);
        sealable.seal();
        poller.start();
        try {
            ground.leases.revokeOf(Scope.task(sealed.id()), "test", "person:test");
            ground.leases.revokeOf(Scope.task(well.id()), "test", "person:test");

            assertThat(ground.leases.awaitGone(well.id(), Duration.ofSeconds(5)))
                    .isTrue();
            assertThat(ground.leases.awaitGone(sealed.id(), Duration.ZERO)).isFalse();
            assertThat(ground.jdbc
                            .sql("SELECT count(*) FROM lease WHERE task_id = :task AND attempts = 0")
                            .param("task", sealed.id())
                            .query(Integer.class)
                            .single())
                    .isPositive();

            sealable.unseal();
            assertThat(ground.leases.awaitGone(sealed.id(), Duration.ofSeconds(60)))
                    .isTrue();
        } finally {
            poller.stop();
        }
        assertThat(leasesAtVault()).isZero();
    }

    private static Tool tool(String name) {
        return Ground.tool(name, "vault", Set.of("read"), Map.of("path", Map.of("read", PATH), "token_role", "errand"));
    }

    private static UUID anothersToken() {
        UUID lease = Ids.next();
        sealable.vault()
                .root(
                        "POST",
                        "auth/token/create-orphan",
                        Map.of(
                                "policies",
                                List.of("reader"),
                                "meta",
                                Map.of("lease_id", lease.toString(), "path", PATH, "broker", "https://another.test")));
        return lease;
    }

    private static int leasesAtVault() {
        return sealable.vault()
                .call("LIST", "sys/leases/lookup/" + PATH, null)
                .path("data")
                .path("keys")
                .size();
    }

    private List<String> found(UUID lease) {
        return ground.jdbc
                .sql("SELECT action FROM finding WHERE lease_id = :id")
                .param("id", lease)
                .query(String.class)
                .list();
    }
}
