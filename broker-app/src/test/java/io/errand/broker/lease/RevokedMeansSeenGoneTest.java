package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Destruction;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** P2, and what is written down of it. */
@LeaseTest
class RevokedMeansSeenGoneTest {

    @Autowired
    private Ground ground;

    @Autowired
    private CuedBackend backend;

    @Autowired
    private LeaseWorker worker;

    @Autowired
    private Keys keys;

    @Test
    void aLeaseThatCannotBeDestroyedStaysRevokingAndIsMarked() {
        Opened lease = ground.live(ground.task("stubborn"), Ground.cued("stubborn"));
        backend.destroyOf("stubborn", remains -> new Destruction.Retry("the target is down", null));

        ground.leases.revoke(lease.id(), "test", "person:test");
        for (int tries = 0; tries < 4; tries++) {
            ground.makeDue(lease.id());
            worker.runOnce();
        }

        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        assertThat(ground.view(lease.id()).irrevocable()).isTrue();
        assertThat(ground.view(lease.id()).receipt()).isNull();
        assertThat(ground.events(lease.id())).containsExactly("lease.activated", "lease.revoking", "lease.irrevocable");
        assertThat(backend.holds).containsKey(lease.id());

        backend.destroyAsUsual("stubborn");
        ground.makeDue(lease.id());
        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoked");
        assertThat(ground.view(lease.id()).irrevocable()).isFalse();
    }

    @Test
    void aFailedTryIsNotRepeatedAtOnce() {
        Opened lease = ground.live(ground.task("patient"), Ground.cued("patient"));
        backend.destroyOf("patient", remains -> new Destruction.Retry("ask later", Duration.ofHours(1)));

        ground.leases.revoke(lease.id(), "test", "person:test");
        worker.runOnce();
        worker.runOnce();

        assertThat(backend.destructionsOf(lease.id())).isEqualTo(1);
        backend.destroyAsUsual("patient");
    }

    @Test
    void aBackendThatThrowsIsTriedAgain() {
        Opened lease = ground.live(ground.task("thrower"), Ground.cued("thrower"));
        backend.destroyOf("thrower", remains -> {
            throw new IllegalStateException("broken");
        });

        ground.leases.revoke(lease.id(), "test", "person:test");
        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        backend.destroyAsUsual("thrower");
    }

    @Test
    void aReceiptIsWrittenOnceAndVerifies() {
        Task task = ground.task("receipts");
        Opened lease = ground.live(task, Ground.cued("receipts"));

        ground.leases.revoke(lease.id(), "no longer wanted", "person:test");
        worker.runOnce();
        String receipt = Objects.requireNonNull(ground.view(lease.id()).receipt());
        ground.makeDue(lease.id());
        worker.runOnce();

        assertThat(ground.view(lease.id()).receipt()).isEqualTo(receipt);
        assertThat(backend.destructionsOf(lease.id())).isEqualTo(1);
        Map<String, Object> claims = keys.read(TokenKind.RECEIPT, receipt).orElseThrow();
        assertThat(claims)
                .containsEntry("iss", BrokerTest.ISSUER)
                .containsEntry("sub", lease.id().toString())
                .containsEntry("task", task.id().toString())
                .containsEntry("agent", "receipts")
                .containsEntry("tool", "receipts")
                .containsEntry("backend", "cued")
                .containsEntry("reason", "no longer wanted")
                .containsKeys("iat", "jti", "lease", "revoked_at");
        assertThat(claims.get("evidence"))
                .isEqualTo(Map.of(
                        "kind", "absent",
                        "statement", "It is not there.",
                        "facts", Map.of("lease", lease.id().toString())));
        assertThat(ground.events(lease.id())).containsExactly("lease.activated", "lease.revoking", "lease.revoked");
    }

    @Test
    void aTokenThatOthersCheckOfflineLingersUntilItsEnd() {
        Tool tool = Ground.tool("federated", "jwt", Set.of("read"), Map.of("audience", "https://federated.example"));
        Opened lease = ground.live(ground.task("lingerer"), tool);

        ground.leases.revoke(lease.id(), "test", "person:test");
        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        assertThat(ground.view(lease.id()).irrevocable()).isFalse();
        Instant due = ground.jdbc
                .sql("SELECT due_at FROM lease WHERE id = :id")
                .param("id", lease.id())
                .query((row, n) -> LeaseRows.instant(row, "due_at"))
                .single();
        assertThat(due)
                .isBetween(lease.term().until().minusSeconds(1), lease.term().until());

        ground.jdbc
                .sql("UPDATE lease SET reference = id || ':1' WHERE id = :id")
                .param("id", lease.id())
                .update();
        ground.makeDue(lease.id());
        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoked");
        assertThat(keys.read(
                        TokenKind.RECEIPT,
                        Objects.requireNonNull(ground.view(lease.id()).receipt())))
                .hasValueSatisfying(claims ->
                        assertThat(String.valueOf(claims.get("evidence"))).contains("kind=expired"));
    }

    @Test
    void aLoginAtARealTargetIsGoneWhenItsTaskIsSaidToBe() throws Exception {
        Task task = ground.task("clerk");
        Opened lease = ground.live(task, Ground.orders("orders-of-clerk"));

        ground.leases.revokeOf(Scope.task(task.id()), "test", "person:test");
        boolean before = ground.leases.awaitGone(task.id(), Duration.ofMillis(200));
        Thread.ofVirtual().start(worker::runOnce);

        assertThat(before).isFalse();
        assertThat(ground.leases.awaitGone(task.id(), Duration.ofSeconds(20))).isTrue();
        try (var connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var row = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) FROM pg_roles WHERE rolname = 'errand_" + lease.id() + "'")) {
            row.next();
            assertThat(row.getInt(1)).isZero();
        }
        assertThat(keys.read(
                        TokenKind.RECEIPT,
                        Objects.requireNonNull(ground.view(lease.id()).receipt())))
                .hasValueSatisfying(claims -> assertThat(String.valueOf(claims.get("evidence")))
                        .contains("catalogue=absent", "sessions=0", "database=orders"));
    }
}
