package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSObject;
import io.errand.api.FindingView;
import io.errand.api.Json;
import io.errand.api.LeaseView;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.Leases.Room;
import io.errand.broker.lease.reconciliation.Findings;
import io.errand.broker.lease.reconciliation.Reconciliation;
import io.errand.broker.lease.reconciliation.UnresolvedLeases;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.shared.web.SortOrder;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.transaction.support.TransactionTemplate;

/** P2: what cannot be used and cannot be removed ends its lease, is on record until it is gone, and is not forgotten. */
@LeaseTest
class DisabledLeasesTest {

    private static final Destruction.Disabled LEFT = new Destruction.Disabled(
            "database closed: permission denied",
            "DROP OWNED BY x; DROP ROLE x;",
            false,
            "The role cannot log in.",
            Map.of("catalogue", "disabled"));

    @Autowired
    private Ground ground;

    @Autowired
    private CuedBackend backend;

    @Autowired
    private LeaseWorker worker;

    @Autowired
    private Reconciliation reconciliation;

    @Autowired
    private Findings findings;

    @Autowired
    private TransactionTemplate transaction;

    @LocalServerPort
    private int port;

    @Test
    void itsLeaseEndsWithThatAsItsEvidenceAndAFindingSaysWhatToRun() throws ParseException {
        Opened lease = left(ground.task("disabled"), "disabled");

        assertThat(ground.state(lease.id())).isEqualTo("revoked");
        assertThat(evidence(lease.id())).isEqualTo("disabled");
        assertThat(ground.events(lease.id())).containsExactly("lease.activated", "lease.revoking", "lease.revoked");
        assertThat(finding(lease.id())).satisfies(found -> {
            assertThat(found.action()).isEqualTo("none");
            assertThat(found.run()).isNull();
            assertThat(found.detail()).contains(LEFT.cause(), LEFT.remedy());
        });
        // An agent is not told what is wrong at a target.
        assertThat(ground.view(lease.id()).disabled()).isNull();
        assertThat(shown(lease.id()).disabled())
                .isNotNull()
                .satisfies(left -> assertThat(left.remedy()).isEqualTo(LEFT.remedy()))
                .satisfies(left -> assertThat(left.resolvedAt()).isNull());
        assertThat(shown(lease.id()).revokedAt())
                .isAfterOrEqualTo(shown(lease.id()).revokingAt());
        resolve("disabled");
    }

    @Test
    void reconciliationFinishesItAndTheLeaseSaysSo() throws ParseException {
        Opened lease = left(ground.task("finished"), "finished");

        assertThat(reconciliation.run("person:test").findings())
                .noneSatisfy(
                        found -> assertThat(found.lease()).isEqualTo(lease.id().toString()));
        assertThat(disabled(lease.id()).resolvedAt()).isNull();

        resolve("finished");

        assertThat(disabled(lease.id()).resolvedAt()).isNotNull();
        assertThat(ground.events(lease.id())).endsWith("lease.revoked", "lease.resolved");
        assertThat(finding(lease.id()).action()).isEqualTo("destroyed");
        assertThat(evidence(lease.id())).isEqualTo("disabled");
    }

    @Test
    void theCapIsFreeUntilTwentyAreLeft() {
        String agent = Scene.name("leaver");
        Task task = ground.task(agent);
        for (int i = 0; i < UnresolvedLeases.MOST_OF_AGENT - 1; i++) {
            left(task, "leaver");
        }
        assertThat(room(agent)).isEqualTo(Room.ENOUGH);

        left(task, "leaver");

        assertThat(room(agent)).isEqualTo(Room.AGENT_UNRESOLVED);
        assertThat(room(Scene.name("another"))).isEqualTo(Room.ENOUGH);
        resolve("leaver");
        assertThat(room(agent)).isEqualTo(Room.ENOUGH);
    }

    @Test
    void aLockThatMayPassIsTriedAgainBeforeAnythingIsLeft() {
        Opened lease = ground.live(ground.task("passing"), Ground.cued("passing"));
        backend.destroyOf(
                "passing",
                remains -> new Destruction.Disabled("held by pid 7", "wait", true, LEFT.statement(), LEFT.facts()));
        ground.leases.revoke(lease.id(), "test", "person:test");

        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        assertThat(shown(lease.id()).lastError()).isEqualTo("held by pid 7");
        assertThat(ground.view(lease.id()).lastError()).isNull();
        for (int tries = 0; tries < 3; tries++) {
            ground.makeDue(lease.id());
            worker.runOnce();
        }
        assertThat(ground.state(lease.id())).isEqualTo("revoked");
        assertThat(shown(lease.id()).disabled()).isNotNull();
        resolve("passing");
    }

    /** More resist than may be worked on at once. */
    @Test
    void thoseThatResistDelayNoOther() {
        CountDownLatch given = new CountDownLatch(1);
        Set<UUID> tried = ConcurrentHashMap.newKeySet();
        Task resisting = ground.task("resisting");
        Task others = ground.task("peaceful");
        backend.destroyOf("resisting", remains -> {
            if (tried.add(remains.lease())) {
                return new Destruction.Resists("it holds its own row");
            }
            try {
                given.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            backend.holds.remove(remains.lease());
            return new Destruction.Gone("absent", "gone", Map.of());
        });
        List<Opened> all = Stream.generate(() -> ground.live(resisting, Ground.cued("resisting")))
                .limit(40)
                .toList();
        ground.leases.revokeOf(Scope.task(resisting.id()), "test", "person:test");
        worker.dispatch(() -> {});
        Awaitility.await("all to resist").until(() -> {
            worker.dispatch(() -> {});
            return tried.size() == 40;
        });
        Opened other = ground.live(others, Ground.cued("peaceful"));
        ground.leases.revoke(other.id(), "test", "person:test");

        Awaitility.await("the other to be gone").until(() -> {
            worker.dispatch(() -> {});
            return ground.state(other.id()).equals("revoked");
        });

        assertThat(all).allSatisfy(lease -> assertThat(ground.state(lease.id())).isEqualTo("revoking"));
        given.countDown();
        Awaitility.await("those that resisted")
                .until(() ->
                        all.stream().allMatch(lease -> ground.state(lease.id()).equals("revoked")));
    }

    /** A lease of which something was left. */
    private Opened left(Task task, String tool) {
        Opened lease = ground.live(task, Ground.cued(tool));
        backend.destroyOf(tool, remains -> LEFT);
        ground.leases.revoke(lease.id(), "test", "person:test");
        worker.runOnce();
        return lease;
    }

    /** Somebody ran what the finding said. */
    private void resolve(String tool) {
        backend.destroyAsUsual(tool);
        reconciliation.run("person:test");
    }

    private Room room(String agent) {
        return Objects.requireNonNull(transaction.execute(status -> ground.leases.room(agent, 50, 1, List.of())));
    }

    private @Nullable Object evidence(UUID lease) throws ParseException {
        String receipt = Objects.requireNonNull(ground.view(lease).receipt());
        Object evidence = JWSObject.parse(receipt).getPayload().toJSONObject().get("evidence");
        return ((Map<?, ?>) Objects.requireNonNull(evidence)).get("kind");
    }

    private FindingView finding(UUID lease) {
        return findings.page("disabled", null, null, 100, SortOrder.DESC).stream()
                .filter(found -> lease.toString().equals(found.lease()))
                .findFirst()
                .orElseThrow();
    }

    /** As administrators see it. */
    private LeaseView.Disabled disabled(UUID lease) {
        return Objects.requireNonNull(shown(lease).disabled());
    }

    private LeaseView shown(UUID lease) {
        return new Scene(Wire.at(port), false)
                        .as("errand.auditor")
                        .get("/admin/v1/leases?task=" + ground.view(lease).task())
                        .json()
                        .path("items")
                        .values()
                        .stream()
                        .map(item -> Json.mapper().treeToValue(item, LeaseView.class))
                        .filter(view -> view.id().equals(lease.toString()))
                        .findFirst()
                        .orElseThrow();
    }
}
