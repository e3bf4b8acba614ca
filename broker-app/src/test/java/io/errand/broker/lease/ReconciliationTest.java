package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.FindingView;
import io.errand.api.ReconciliationView;
import io.errand.broker.credential.Backend.Listing;
import io.errand.broker.credential.Backend.Live;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.Leases.Issue;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.reconciliation.Reconciliation;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Task;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** What stands at the targets and what the rows say become the same, and it is told. It is a broker of its own at the target. */
@LeaseTest
@TestPropertySource(properties = "errand.issuer=" + ReconciliationTest.ISSUER)
class ReconciliationTest {

    static final String ISSUER = "https://reconciliation.test";

    @Autowired
    private Ground ground;

    @Autowired
    private CuedBackend backend;

    @Autowired
    private LeaseWorker worker;

    @Autowired
    private Reconciliation reconciliation;

    @LocalServerPort
    private int port;

    @AfterEach
    void listAsUsual() {
        backend.listing = backend::all;
    }

    @Test
    void whatARestoredDatabaseNeverHeardOfIsDestroyedAndTold() {
        Task task = ground.task("restored");
        List<Opened> forgotten = Stream.of(1, 2, 3)
                .map(n -> ground.live(task, Ground.orders("orders-restored")))
                .toList();
        Opened kept = ground.live(ground.task("kept"), Ground.orders("orders-kept"));
        Opened elsewhere = ground.live(task, Ground.cued("restored"));
        restoreFromBefore(task);

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(forgotten).allSatisfy(lease -> {
            assertThat(isAtTarget(lease.id())).isFalse();
            assertThat(of(run, lease.id()))
                    .singleElement()
                    .satisfies(found -> assertThat(found)
                            .extracting(
                                    FindingView::kind,
                                    FindingView::action,
                                    FindingView::backend,
                                    FindingView::target,
                                    FindingView::reference)
                            .containsExactly("unknown", "destroyed", "postgres", "orders", "errand_" + lease.id()));
            assertThat(ground.events(lease.id())).endsWith("reconcile.found", "reconcile.destroyed");
        });
        assertThat(backend.holds).doesNotContainKey(elsewhere.id());
        assertThat(isAtTarget(kept.id())).isTrue();
        assertThat(ground.state(kept.id())).isEqualTo("active");
        assertThat(reconciliation.run("person:test").findings())
                .noneSatisfy(found -> assertThat(found.kind()).isEqualTo("unknown"));
        ground.leases.revoke(kept.id(), "test", "person:test");
        worker.runOnce();
    }

    @Test
    void whatWasDroppedByHandIsClosedWithAFindingAndAReceipt() {
        Opened lease = ground.live(ground.task("dropped"), Ground.orders("orders-dropped"));
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "DROP ROLE \"errand_" + lease.id() + "\"");

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(of(run, lease.id())).singleElement().satisfies(found -> {
            assertThat(found.kind()).isEqualTo("absent");
            assertThat(found.action()).isEqualTo("closing");
        });
        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        worker.runOnce();
        assertThat(ground.view(lease.id()))
                .satisfies(view -> assertThat(view.state()).isEqualTo("revoked"))
                .satisfies(view -> assertThat(view.reason()).isEqualTo("absent"))
                .satisfies(view -> assertThat(view.receipt()).isNotNull());
        assertThat(ground.events(lease.id()))
                .containsExactly("lease.activated", "reconcile.found", "lease.revoking", "lease.revoked");
    }

    @Test
    void whatIsUnderWayIsNeitherStrangeNorAbsent() {
        Task task = ground.task("under-way");
        Opened pending = ground.open(task, Ground.cued("under-way"));
        Opened revoking = ground.live(task, Ground.cued("under-way"));
        Opened going = ground.live(task, Ground.cued("under-way"));
        Opened[] made = new Opened[1];
        ground.leases.revoke(revoking.id(), "test", "person:test");
        backend.holds.put(pending.id(), "under-way");
        backend.listing = () -> {
            List<Listing> before = backend.all();
            // Made after the target was looked at, and destroyed after it.
            made[0] = ground.live(task, Ground.cued("under-way"));
            ground.leases.revoke(going.id(), "test", "person:test");
            worker.runOnce();
            return before;
        };

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(ground.state(going.id())).isEqualTo("revoked");
        assertThat(Stream.of(pending, revoking, going, made[0]).flatMap(lease -> of(run, lease.id()).stream()))
                .isEmpty();
        assertThat(ground.state(made[0].id())).isEqualTo("active");
        assertThat(backend.holds).containsKeys(pending.id(), made[0].id());
        assertThat(ground.issue(task, pending)).isInstanceOf(Issue.Live.class);
    }

    @Test
    void whatStandsThoughItsLeaseIsRevokedIsDestroyed() {
        Opened lease = ground.live(ground.task("undead"), Ground.cued("undead"));
        ground.leases.revoke(lease.id(), "test", "person:test");
        worker.runOnce();
        backend.holds.put(lease.id(), "undead");

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(of(run, lease.id()))
                .singleElement()
                .satisfies(found -> assertThat(found.kind()).isEqualTo("still_there"));
        assertThat(backend.holds).doesNotContainKey(lease.id());
    }

    @Test
    void whatAnotherBrokerMadeIsNotTouchedAndWhatNobodyClaimsIsTold() {
        UUID anothers = Ids.next();
        UUID nobodys = Ids.next();
        role(anothers, "Errand: task 1 of agent a by broker https://another.test");
        role(nobodys, "made by hand");

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(isAtTarget(anothers)).isTrue();
        assertThat(of(run, anothers)).isEmpty();
        assertThat(isAtTarget(nobodys)).isTrue();
        assertThat(of(run, nobodys)).singleElement().satisfies(found -> {
            assertThat(found.kind()).isEqualTo("unclaimed");
            assertThat(found.action()).isEqualTo("none");
        });
        Postgres.shared()
                .execute(
                        Surroundings.TARGET_DATABASE,
                        "DROP ROLE \"errand_" + anothers + "\"",
                        "DROP ROLE \"errand_" + nobodys + "\"");
    }

    @Test
    void oneTargetThatCannotBeLookedAtHidesNothingOfTheOthers() {
        Task task = ground.task("half-blind");
        Opened unseen = ground.live(task, Ground.cued("half-blind"));
        Task forgotten = ground.task("half-forgotten");
        Opened role = ground.live(forgotten, Ground.orders("orders-half-blind"));
        restoreFromBefore(forgotten);
        backend.listing = () -> List.of(new Listing.Unreachable("", "connection refused"));

        ReconciliationView run = reconciliation.run("person:test");

        assertThat(run.findings()).anySatisfy(found -> {
            assertThat(found.kind()).isEqualTo("unreachable");
            assertThat(found.backend()).isEqualTo("cued");
            assertThat(found.detail()).contains("connection refused");
        });
        assertThat(ground.state(unseen.id())).isEqualTo("active");
        assertThat(isAtTarget(role.id())).isFalse();

        backend.listing = () -> {
            throw new IllegalStateException("broken");
        };
        assertThat(reconciliation.run("person:test").findings())
                .anySatisfy(found -> assertThat(found.detail()).contains("broken"));
    }

    @Test
    void whatDoesNotGoIsTriedByTheNextRun() {
        UUID stranger = Ids.next();
        backend.holds.put(stranger, "");
        backend.destroyOf("", remains -> new Destruction.Retry("not now", null));
        ReconciliationView first = reconciliation.run("person:test");
        backend.destroyAsUsual("");
        ReconciliationView second = reconciliation.run("person:test");

        assertThat(of(first, stranger))
                .singleElement()
                .satisfies(found -> assertThat(found.action()).isEqualTo("failed"));
        assertThat(of(second, stranger))
                .singleElement()
                .satisfies(found -> assertThat(found.action()).isEqualTo("destroyed"));
        assertThat(backend.holds).doesNotContainKey(stranger);
    }

    @Test
    void administratorsReconcileAndReadWhatWasFound() {
        backend.listing = () -> Stream.of(1, 2, 3)
                .map(n -> (Listing) new Listing.Seen("", List.of(new Live(Ids.next(), "", "ref", "shown", false))))
                .toList();

        assertThat(as("errand.auditor")
                        .post("/admin/v1/reconciliations", List.of())
                        .status())
                .isEqualTo(403);
        var done = as("errand.operator").post("/admin/v1/reconciliations", java.util.Map.of());
        assertThat(done.status()).isEqualTo(200);
        String run = done.json().path("run").asString();
        assertThat(done.json().path("found").asInt()).isGreaterThanOrEqualTo(3);

        var page = as("errand.auditor").get("/admin/v1/findings?kind=unclaimed&limit=2&run=" + run);
        var rest = as("errand.auditor")
                .get("/admin/v1/findings?kind=unclaimed&limit=2&run=" + run + "&cursor="
                        + page.json().path("next").asString());
        assertThat(page.json().path("items").size()).isEqualTo(2);
        assertThat(rest.json().path("items").size()).isEqualTo(1);
        assertThat(rest.json().path("items").path(0).path("reference").asString())
                .isEqualTo("shown");
        for (String wrong : List.of("kind=strange", "limit=0", "run=1", "cursor=x")) {
            assertThat(as("errand.auditor").get("/admin/v1/findings?" + wrong).status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(Wire.at(port).get("/admin/v1/findings").status()).isEqualTo(401);
    }

    /** The rows of the task are as yesterday: not there. */
    private void restoreFromBefore(Task task) {
        ground.jdbc
                .sql("DELETE FROM lease WHERE task_id = :id")
                .param("id", task.id())
                .update();
        ground.jdbc
                .sql("DELETE FROM task WHERE id = :id")
                .param("id", task.id())
                .update();
    }

    private static void role(UUID lease, String comment) {
        Postgres.shared()
                .execute(
                        Surroundings.TARGET_DATABASE,
                        "CREATE ROLE \"errand_" + lease + "\"",
                        "COMMENT ON ROLE \"errand_" + lease + "\" IS '" + comment + "'");
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

    private Wire as(String role) {
        return Wire.at(port)
                .as(Surroundings.PEOPLE.token(
                        "root", claims -> claims.audience(ISSUER + "/admin").claim("roles", List.of(role))));
    }
}
