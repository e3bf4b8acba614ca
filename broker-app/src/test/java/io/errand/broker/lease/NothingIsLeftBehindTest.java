package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.credential.Issuing;
import io.errand.broker.lease.Leases.Issue;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.task.TaskEnded;
import io.errand.broker.tool.LiveLeasesOfTool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationEventPublisher;

/** The crash matrix and the races: whatever happens on the way, what was made is named by a row (P1) and goes. */
@LeaseTest
class NothingIsLeftBehindTest {

    @Autowired
    private Ground ground;

    @Autowired
    private CuedBackend backend;

    @Autowired
    private LeaseWorker worker;

    @Autowired
    private LiveLeasesOfTool ofTool;

    @Autowired
    private ApplicationEventPublisher events;

    @Test
    void aGrantedLeaseIsActiveUntilTheEarliestEnd() {
        Task task = ground.task("granted");
        Opened lease = ground.open(task, Ground.cued("granted"));
        assertThat(ground.state(lease.id())).isEqualTo("pending");

        Issue issue = ground.issue(task, lease);

        assertThat(issue)
                .isInstanceOfSatisfying(
                        Issue.Live.class, live -> assertThat(live.data()).containsKey("password"));
        assertThat(ground.state(lease.id())).isEqualTo("active");
        assertThat(lease.term().until()).isBefore(task.expiresAt());
        Opened unbounded = java.util.Objects.requireNonNull(ground.transaction.execute(status -> ground.leases.open(
                task, Ground.cued("granted"), AuthorizationDetail.of("granted", List.of("read")), Leases.Basis.NONE)));
        assertThat(unbounded.term().until()).isEqualTo(task.expiresAt());
        assertThat(ground.leases.ofTask(task.id())).hasSize(2);
    }

    @Test
    void aTargetIsNeverAskedInsideATransaction() {
        Task task = ground.task("inside");
        Opened lease = ground.open(task, Ground.cued("inside"));

        assertThatThrownBy(() -> ground.transaction.execute(status -> ground.issue(task, lease)))
                .hasMessageContaining("P1");
    }

    @Test
    void whatTheTargetRefusesIsUnavailableAndCleaned() {
        backend.issueOf("refused", (order, recorder) -> new Issuing.Refused("not today"));
        Task task = ground.task("refused");
        Opened lease = ground.open(task, Ground.cued("refused"));

        assertThat(ground.issue(task, lease)).isInstanceOf(Issue.Unavailable.class);
        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoked");
        assertThat(ground.events(lease.id())).containsExactly("lease.refused", "lease.revoked");
    }

    @Test
    void whatNobodyKnowsIsDestroyed() {
        backend.issueOf("lost-reply", (order, recorder) -> {
            backend.make(order);
            return new Issuing.Unknown("timeout", Duration.ofSeconds(3));
        });
        Task task = ground.task("lost-reply");
        Opened lease = ground.open(task, Ground.cued("lost-reply"));

        assertThat(ground.issue(task, lease))
                .isInstanceOfSatisfying(
                        Issue.Unavailable.class,
                        unavailable -> assertThat(unavailable.retryAfter()).isEqualTo(Duration.ofSeconds(3)));
        assertThat(backend.holds).containsKey(lease.id());
        worker.runOnce();

        assertThat(backend.holds).doesNotContainKey(lease.id());
        assertThat(ground.state(lease.id())).isEqualTo("revoked");
    }

    @Test
    void aTaskThatEndsBetweenOpenAndActiveGetsNothing() {
        backend.issueOf("raced", (order, recorder) -> {
            Issuing made = backend.make(order);
            ground.jdbc
                    .sql("UPDATE task SET state = 'cancelled' WHERE agent = 'raced'")
                    .update();
            return made;
        });
        Task task = ground.task("raced");
        Opened lease = ground.open(task, Ground.cued("raced"));

        assertThat(ground.issue(task, lease)).isEqualTo(new Issue.Lost(lease));
        worker.runOnce();

        assertThat(backend.holds).doesNotContainKey(lease.id());
        assertThat(ground.state(lease.id())).isEqualTo("revoked");
    }

    @Test
    void aLeaseRevokedInTheMakingIsNotCalledGoneBeforeItIsMade() {
        backend.issueOf("killed", (order, recorder) -> {
            ground.leases.revoke(order.lease(), "killed", "person:test");
            worker.runOnce();
            assertThat(ground.state(order.lease())).isEqualTo("revoking");
            return backend.make(order);
        });
        Task task = ground.task("killed");
        Opened lease = ground.open(task, Ground.cued("killed"));

        assertThat(ground.issue(task, lease)).isEqualTo(new Issue.Lost(lease));
        worker.runOnce();

        assertThat(backend.holds).doesNotContainKey(lease.id());
        assertThat(ground.view(lease.id()).reason()).isEqualTo("killed");
        assertThat(ground.events(lease.id())).containsExactly("lease.revoking", "lease.revoked");
    }

    @Test
    void aCredentialMadeAfterItsLeaseWasGivenUpIsDestroyedByItsMaker() {
        backend.issueOf("late", (order, recorder) -> {
            ground.makeDue(order.lease());
            worker.runOnce();
            assertThat(ground.state(order.lease())).isEqualTo("revoked");
            return backend.make(order);
        });
        Task task = ground.task("late");
        Opened lease = ground.open(task, Ground.cued("late"));

        assertThat(ground.issue(task, lease)).isEqualTo(new Issue.Lost(lease));

        assertThat(backend.holds).doesNotContainKey(lease.id());
        assertThat(ground.events(lease.id())).containsExactly("lease.revoking", "lease.revoked", "lease.late");
    }

    @Test
    void aRecordedReferenceIsCommittedAndOneTooLateIsNot() {
        backend.issueOf("recorded", (order, recorder) -> {
            assertThat(recorder.record("accessor-1")).isTrue();
            assertThat(reference(order.lease())).isEqualTo("accessor-1");
            ground.leases.revoke(order.lease(), "killed", "person:test");
            assertThat(recorder.record("accessor-2")).isFalse();
            return new Issuing.Refused("stopped");
        });
        Task task = ground.task("recorded");
        Opened lease = ground.open(task, Ground.cued("recorded"));

        ground.issue(task, lease);

        assertThat(reference(lease.id())).isEqualTo("accessor-1");
        worker.runOnce();
        assertThat(ground.state(lease.id())).isEqualTo("revoked");
    }

    @Test
    void aRecordedReferenceDoesNotKeepALeaseFromBecomingActive() {
        backend.issueOf("recorded-well", (order, recorder) -> {
            recorder.record("accessor-1");
            return backend.make(order);
        });

        Opened lease = ground.live(ground.task("recorded-well"), Ground.cued("recorded-well"));

        assertThat(ground.state(lease.id())).isEqualTo("active");
    }

    @Test
    void whatADeadProcessLeftPendingIsCleaned() {
        Task task = ground.task("dead");
        Opened lease = ground.open(task, Ground.cued("dead"));
        backend.holds.put(lease.id(), "dead");

        worker.runOnce();
        assertThat(ground.state(lease.id())).isEqualTo("pending");
        ground.makeDue(lease.id());
        worker.runOnce();

        assertThat(backend.holds).doesNotContainKey(lease.id());
        assertThat(ground.view(lease.id()).reason()).isEqualTo("pending_timeout");
        assertThat(ground.events(lease.id())).containsExactly("lease.revoking", "lease.revoked");
    }

    @Test
    void anActiveLeaseWhoseTimeIsOverIsCleanedWithNobodyAsking() {
        Opened lease = ground.live(ground.task("over"), Ground.cued("over"));

        ground.makeDue(lease.id());
        worker.runOnce();

        assertThat(backend.holds).doesNotContainKey(lease.id());
        assertThat(ground.view(lease.id()).reason()).isEqualTo("expired");
    }

    @Test
    void theEndOfATaskTakesItsLeasesWithItInOneTransaction() {
        Task task = ground.task("ending");
        Opened lease = ground.live(task, Ground.cued("ending"));
        Opened other = ground.live(ground.task("staying"), Ground.cued("staying"));

        ground.transaction.executeWithoutResult(status -> {
            events.publishEvent(new TaskEnded(task.id(), Task.State.COMPLETED, "agent:ending"));
            assertThat(ground.state(lease.id())).isEqualTo("revoking");
            status.setRollbackOnly();
        });
        assertThat(ground.state(lease.id())).isEqualTo("active");
        ground.transaction.executeWithoutResult(
                status -> events.publishEvent(new TaskEnded(task.id(), Task.State.COMPLETED, "agent:ending")));

        assertThat(ground.view(lease.id()).reason()).isEqualTo("task_completed");
        assertThat(ground.state(other.id())).isEqualTo("active");
        assertThat(ground.leases.revoke(lease.id(), "again", "person:test")).isFalse();
        worker.runOnce();
        assertThat(ground.leases.awaitGone(task.id(), Duration.ZERO)).isTrue();
    }

    @Test
    void aToolAndAnAgentAnswerForTheirLiveLeases() {
        Opened first = ground.live(ground.task("answering"), Ground.cued("answering-1"));
        ground.live(ground.task("answering"), Ground.cued("answering-2"));

        assertThat(ofTool.any("answering-1")).isTrue();
        assertThat(ground.leases.anyLive(Scope.agent("answering"))).isTrue();
        ofTool.revoke("answering-1", "tool_deleted", "person:test");
        assertThat(ground.state(first.id())).isEqualTo("revoking");
        assertThat(ground.leases.revokeOf(Scope.agent("answering"), "agent_retired", "person:test"))
                .isEqualTo(1);
        worker.runOnce();

        assertThat(ofTool.any("answering-1")).isFalse();
        assertThat(ground.leases.anyLive(Scope.agent("answering"))).isFalse();
    }

    private String reference(UUID lease) {
        Map<String, Object> row = ground.jdbc
                .sql("SELECT reference FROM lease WHERE id = :id")
                .param("id", lease)
                .query()
                .singleRow();
        return String.valueOf(row.get("reference"));
    }
}
