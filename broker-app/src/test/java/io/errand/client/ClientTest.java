package io.errand.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.errand.api.LeaseView;
import io.errand.api.TaskView;
import io.errand.testing.BrokerTest;
import io.errand.testing.FreePorts;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A credential lives as long as its {@code try} block, and a caller learns why there is none. */
@BrokerTest
class ClientTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final TaskRequest triage = TaskRequest.of("triage").purpose("test").ttl(Duration.ofMinutes(5));
    private final Scene scene;
    private final int port;
    private final Errand errand;

    ClientTest(@LocalServerPort int port) {
        this.port = port;
        scene = new Scene(port);
        errand = Errand.at(address(), () -> Surroundings.WORKLOADS.token(agent));
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @AfterEach
    void closed() {
        errand.close();
    }

    @Test
    void theCredentialWorksUntilTheTaskIsCompleteAndIsThenSeenGone() throws SQLException {
        try (Task task = errand.begin(triage.allow(tool, "read"));
                Lease lease = task.lease(tool, "read")) {
            login(lease).close();

            TaskView ended = task.complete(Outcome.SUCCEEDED, "done", Duration.ofSeconds(20));

            assertThat(ended.state()).isEqualTo("completed");
            assertThat(ended.outcome()).isEqualTo("succeeded");
            assertThat(ended.leases()).extracting(LeaseView::state).containsExactly("revoked");
            assertThatThrownBy(() -> login(lease)).isInstanceOf(SQLException.class);
        }

        assertThat(tasks())
                .singleElement()
                .satisfies(task -> assertThat(task.path("state").asString()).isEqualTo("completed"));
    }

    @Test
    void whatLeavesTheBlockWithoutCompletingCancelsTheTask() {
        assertThatThrownBy(() -> {
                    try (Task task = errand.begin(triage.allow(tool, "read"));
                            Lease lease = task.lease(tool, "read")) {
                        throw new IllegalStateException("work went wrong with " + lease);
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasNoSuppressedExceptions();

        assertThat(tasks())
                .singleElement()
                .satisfies(task -> assertThat(task.path("state").asString()).isEqualTo("cancelled"));
    }

    @Test
    void anInterruptedThreadStillGivesItsCredentialsBack() {
        Task task = errand.begin(triage.allow(tool, "read"));

        Thread.currentThread().interrupt();
        task.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(tasks())
                .singleElement()
                .satisfies(one -> assertThat(one.path("state").asString()).isEqualTo("cancelled"));
    }

    @Test
    void aLeaseGivenBackDiesBeforeItsTaskAndTheNextOneIsNew() throws SQLException {
        try (Task task = errand.begin(triage.allow(tool, "read", "write"))) {
            Lease first = task.lease(tool, "read", "write");
            first.close();
            await("the login that was given back to be refused")
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThatThrownBy(() -> login(first)).isInstanceOf(SQLException.class));

            try (Lease narrower = task.lease(tool, "read")) {
                login(narrower).close();
                assertThat(narrower.id()).isNotEqualTo(first.id());
            }
        }
    }

    @Test
    void aRenewingLeaseOutlivesItsToolsLimitAndNotItsTask() {
        String brief = Scene.name("brief");
        scene.postgresTool(brief, Map.of("max_ttl", "PT3S"));
        scene.agent(agent + "-b", brief, Map.of());
        try (Errand other = Errand.at(address(), () -> Surroundings.WORKLOADS.token(agent + "-b"));
                Task task = other.begin(triage.ttl(Duration.ofMinutes(1)).allow(brief, "read"));
                Lease lease = task.lease(brief, "read").renewing()) {
            Instant first = lease.expiresAt();

            await("the end of the lease as it was made")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> Instant.now().isAfter(first.plusSeconds(1)));

            assertThat(lease.expiresAt()).isAfter(first).isBeforeOrEqualTo(task.expiresAt());
            assertThat(task.view().leases()).extracting(LeaseView::state).containsExactly("active");
            try (Connection open = login(lease)) {
                assertThat(open.isValid(5)).isTrue();
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void aLostReplyIsAskedForAgainAndLeavesOneTaskAndOneLease() throws SQLException {
        try (LossyLine line = new LossyLine(port);
                Errand beyond = Errand.at(line.url(), () -> Surroundings.WORKLOADS.token(agent))) {
            line.loseNext(2);

            try (Task task = beyond.begin(triage.allow(tool, "read"));
                    Lease lease = task.lease(tool, "read")) {
                login(lease).close();
                assertThat(line.lost()).isEqualTo(2);
                assertThat(tasks()).hasSize(1);
                await("what nobody holds to be gone")
                        .atMost(Duration.ofSeconds(15))
                        .until(() -> liveLeases().equals(List.of(lease.id())));
                line.loseNext(1);
                task.complete(Outcome.SUCCEEDED, null);
            }
        }
        assertThat(tasks())
                .singleElement()
                .satisfies(task -> assertThat(task.path("state").asString()).isEqualTo("completed"));
    }

    @Test
    void refusalsAreTold() {
        scene.policy(
                "no-writes-" + agent,
                "forbid(principal == Errand::Agent::\"" + agent
                        + "\", action, resource) when { context.actions.contains(\"write\") };");
        try (Errand stranger = Errand.at(address(), () -> Surroundings.WORKLOADS.token("nobody"));
                Task task = errand.begin(triage.allow(tool, "read"))) {
            assertThat(refusal(() -> stranger.begin(triage))).isInstanceOf(Refusal.Invalid.class);
            assertThat(refusal(() -> errand.begin(triage.allow("no-such-tool", "read"))))
                    .isInstanceOf(Refusal.OutOfReach.class);
            assertThat(refusal(() -> task.lease(tool, "write"))).isInstanceOf(Refusal.OutOfReach.class);
            assertThat(refusal(() -> errand.begin(triage.allow(tool, "write"))))
                    .isInstanceOfSatisfying(
                            Refusal.Denied.class,
                            denied -> assertThat(denied.decision()).isPresent());
            Lease lease = task.lease(tool, "read");
            task.complete(Outcome.FAILED, "as a test");
            assertThat(refusal(lease::renew)).isInstanceOf(Refusal.NotThere.class);
            assertThat(refusal(() -> task.lease(tool, "read"))).isInstanceOf(Refusal.Invalid.class);
        } finally {
            scene.admin().delete("/admin/v1/policies/no-writes-" + agent);
        }
    }

    @Test
    void whereNoBrokerIsTheCallerIsToldAtOnce() {
        URI url = URI.create("http://127.0.0.1:" + FreePorts.next());
        try (Errand nowhere = Errand.at(url, () -> Surroundings.WORKLOADS.token(agent))) {
            Instant begun = Instant.now();

            assertThatThrownBy(() -> nowhere.begin(triage))
                    .isInstanceOf(Unanswered.class)
                    .hasMessage("No broker answers at " + url + ".");
            assertThat(Duration.between(begun, Instant.now())).isLessThan(Patience.USUAL.connect());
        }
    }

    @Test
    void nothingThatIsPrintedHoldsASecret() {
        try (Task task = errand.begin(triage.allow(tool, "read"));
                Lease lease = task.lease(tool, "read")) {
            String printed = task + " " + lease + " " + lease.credential() + " " + triage.onBehalfOf("secret-person");

            assertThat(printed).doesNotContain(lease.value("password"), task.token(), "secret-person");
        }
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + port + "/");
    }

    private static Refusal refusal(Runnable asked) {
        return catchThrowableOfType(Refused.class, asked::run).refusal();
    }

    private List<JsonNode> tasks() {
        return scene.admin().get("/admin/v1/tasks?agent=" + agent).json().path("items").values().stream()
                .toList();
    }

    private List<String> liveLeases() {
        return scene.admin().get("/admin/v1/leases?agent=" + agent).json().path("items").values().stream()
                .filter(lease -> !lease.path("state").asString().equals("revoked"))
                .map(lease -> lease.path("id").asString())
                .toList();
    }

    private static Connection login(Lease lease) throws SQLException {
        return DriverManager.getConnection(lease.value("jdbc_url"), lease.value("username"), lease.value("password"));
    }
}
