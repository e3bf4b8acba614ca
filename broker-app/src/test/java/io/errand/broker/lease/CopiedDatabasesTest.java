package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.FindingView;
import io.errand.api.ReconciliationView;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.lease.Leases.Issue;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.reconciliation.DeploymentWatch;
import io.errand.broker.lease.reconciliation.Deployments;
import io.errand.broker.lease.reconciliation.Reconciliation;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.task.Task;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** A broker whose database is a copy of another's, or was restored, destroys nothing until somebody says which of them it is. */
@LeaseTest
@TestPropertySource(properties = "errand.issuer=" + CopiedDatabasesTest.ISSUER)
class CopiedDatabasesTest {

    static final String ISSUER = "https://copies.test";

    @Autowired
    private Ground ground;

    @Autowired
    private CuedBackend backend;

    @Autowired
    private LeaseWorker worker;

    @Autowired
    private Reconciliation reconciliation;

    @Autowired
    private Deployments deployments;

    @LocalServerPort
    private int port;

    @BeforeEach
    void marked() {
        reconciliation.run("person:test");
        assertThat(deployments.isDoubted()).isFalse();
    }

    @AfterEach
    void decided() {
        deployments.adopt("person:test", "the test is over");
        worker.runOnce();
    }

    @Test
    void twoBrokersWithOneIssuerIdentifierLeaveEachOthersLoginsAlone() {
        UUID anothers = UUID.randomUUID();
        Postgres.shared()
                .execute(
                        Surroundings.TARGET_DATABASE,
                        "CREATE ROLE \"errand_" + anothers + "\"",
                        "COMMENT ON ROLE \"errand_" + anothers + "\" IS 'Errand: task 1 of agent a by broker " + ISSUER
                                + " deployment " + UUID.randomUUID() + "'");

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(isAtTarget(anothers)).isTrue();
        assertThat(of(run, anothers)).isEmpty();
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "DROP ROLE \"errand_" + anothers + "\"");
    }

    @Test
    void aCopyDestroysAndMakesNothingUntilItIsAdopted() {
        Task task = ground.task("copied");
        Opened known = ground.live(task, Ground.orders("orders-copied"));
        Opened elsewhere = ground.live(task, Ground.cued("copied"));
        Opened since = ground.live(ground.task("since"), Ground.orders("orders-since"));
        forget(since);
        backend.holds.put(since.id(), "since");
        anotherDatabaseWrites();

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(run.findings())
                .anySatisfy(found -> assertThat(found)
                        .extracting(FindingView::kind, FindingView::target, FindingView::action)
                        .containsExactly("copied", "orders", "none"));
        assertThat(of(run, since.id()))
                .allSatisfy(found -> assertThat(found.action()).isEqualTo("none"))
                .hasSize(2);
        ground.leases.revoke(known.id(), "test", "person:test");
        ground.leases.revoke(elsewhere.id(), "test", "person:test");
        worker.runOnce();
        assertThat(List.of(known.id(), since.id()))
                .allSatisfy(lease -> assertThat(isAtTarget(lease)).isTrue());
        assertThat(backend.holds).containsKeys(elsewhere.id(), since.id());
        Opened refused = ground.open(task, Ground.orders("orders-copied"));
        assertThat(ground.issue(task, refused)).isInstanceOf(Issue.Unavailable.class);
        assertThat(isAtTarget(refused.id())).isFalse();

        assertThat(decide("errand.operator", "adopt").status()).isEqualTo(403);
        assertThat(decide("errand.admin", "both").status()).isEqualTo(400);
        assertThat(decide("errand.admin", "adopt").status()).isEqualTo(200);
        assertThat(decide("errand.admin", "adopt").status()).isEqualTo(409);

        assertThat(of(reconciliation.run("person:test"), since.id()))
                .allSatisfy(found -> assertThat(found.action()).isEqualTo("destroyed"));
        assertThat(isAtTarget(since.id())).isFalse();
        List.of(known, elsewhere, refused).forEach(lease -> ground.makeDue(lease.id()));
        worker.runOnce();
        assertThat(isAtTarget(known.id())).isFalse();
        assertThat(ground.state(known.id())).isEqualTo("revoked");
        assertThat(kinds()).contains("deployment.adopted");
    }

    /** It was started by mistake, and its original goes on. */
    @Test
    void aCopyThatBecomesAnotherDeploymentLeavesEverythingToItsOriginal() {
        Opened copied = ground.live(ground.task("original"), Ground.orders("orders-original"));
        UUID before = deployments.id();
        anotherDatabaseWrites();
        reconciliation.run("person:test");

        assertThat(decide("errand.admin", "new").status()).isEqualTo(200);
        worker.runOnce();

        assertThat(deployments.id()).isNotEqualTo(before);
        assertThat(isAtTarget(copied.id())).isTrue();
        assertThat(ground.view(copied.id())).satisfies(view -> {
            assertThat(view.state()).isEqualTo("revoked");
            assertThat(view.reason()).isEqualTo("copied");
        });
        ReconciliationView run = reconciliation.run("person:test");
        assertThat(of(run, copied.id())).isEmpty();
        assertThat(isAtTarget(copied.id())).isTrue();
        assertThat(deployments.isDoubted()).isFalse();
        Opened own = ground.live(ground.task("own"), Ground.orders("orders-own"));
        ground.leases.revoke(own.id(), "test", "person:test");
        worker.runOnce();
        assertThat(isAtTarget(own.id())).isFalse();
        assertThat(kinds()).contains("deployment.separated");
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "DROP ROLE \"errand_" + copied.id() + "\"");
    }

    /** A copy that starts does not wait for its first reconciliation to look. */
    @Test
    void aReplicaLooksBeforeItDestroysAnything() {
        Opened due = ground.live(ground.task("early"), Ground.orders("orders-early"));
        anotherDatabaseWrites();
        DeploymentWatch fresh = new DeploymentWatch(backends, deployments);

        assertThat(fresh.instead(new Lease(
                        due.id(),
                        0,
                        UUID.randomUUID(),
                        "early",
                        "orders-early",
                        "postgres",
                        binding(),
                        null,
                        "active",
                        "expired",
                        0,
                        false,
                        OffsetDateTime.now(ZoneOffset.UTC),
                        null)))
                .isPresent();
        assertThat(deployments.isDoubted()).isTrue();
    }

    @Test
    void whatWasToldIsNotToldAgainEveryHalfMinute() {
        anotherDatabaseWrites();
        reconciliation.watch("person:test");

        assertThat(reconciliation.watch("person:test").findings())
                .noneSatisfy(found -> assertThat(found.kind()).isEqualTo("copied"));
        assertThat(reconciliation.run("person:test").findings())
                .anySatisfy(found -> assertThat(found.kind()).isEqualTo("copied"));
    }

    @Autowired
    private Backends backends;

    private static ToolBinding binding() {
        return new ToolBinding("orders-early", List.of("read"), Map.of("target", "orders"));
    }

    /** As the original does while its copy starts. */
    private void anotherDatabaseWrites() {
        Postgres.shared()
                .execute(
                        Surroundings.TARGET_DATABASE,
                        "COMMENT ON ROLE \"errand_deployment_" + deployments.id() + "\" IS 'Errand: nonce "
                                + UUID.randomUUID() + "'");
    }

    /** The copy was made before. */
    private void forget(Opened lease) {
        ground.jdbc
                .sql("DELETE FROM lease WHERE id = :id")
                .param("id", lease.id())
                .update();
    }

    private Wire.Answer decide(String role, String decision) {
        return Wire.at(port)
                .as(Surroundings.PEOPLE.token(
                        "root", claims -> claims.audience(ISSUER + "/admin").claim("roles", List.of(role))))
                .post("/admin/v1/deployment", Map.of("decision", decision, "reason", "tried"));
    }

    private List<String> kinds() {
        return ground.jdbc
                .sql("SELECT kind FROM audit_event WHERE kind LIKE 'deployment.%'")
                .query(String.class)
                .list();
    }

    private static boolean isAtTarget(UUID lease) {
        try (var connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var statement = connection.prepareStatement("SELECT 1 FROM pg_roles WHERE rolname = ?")) {
            statement.setString(1, "errand_" + lease);
            return statement.executeQuery().next();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static List<FindingView> of(ReconciliationView run, UUID lease) {
        return run.findings().stream()
                .filter(found -> lease.toString().equals(found.lease()))
                .toList();
    }
}
