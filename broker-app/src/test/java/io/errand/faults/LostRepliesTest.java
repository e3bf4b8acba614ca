package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The other side acted, and the answer never came (Toxiproxy): whoever does not know looks, and nothing is left. */
@BesideOthers
class LostRepliesTest {

    private static Deployment deployment;
    private static Toxiproxy.Line toVault;
    private static Toxiproxy.Line toTarget;
    private static Toxiproxy.Line toDatabase;
    private static BrokerProcess broker;
    private static Scene scene;

    @BeforeAll
    static void start() {
        deployment = new Deployment();
        String postgres = Servers.postgresAddress();
        toVault = Toxiproxy.shared().to(deployment.engine().address());
        toTarget = Toxiproxy.shared().to(postgres);
        toDatabase = Toxiproxy.shared().to(postgres);
        deployment
                .with("errand.vault.address", "http://" + toVault.address())
                .targetAt(toTarget.address())
                .databaseAt(toDatabase.address());
        broker = deployment.start();
        scene = Deployment.furnish(broker);
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    /** After a test that failed too. */
    @AfterEach
    void mend() {
        Stream.of(toVault, toTarget, toDatabase).forEach(line -> {
            line.mend();
            line.up();
        });
    }

    /** Calls, and lets a line fail while the broker stands at that point. */
    private static <T> CompletableFuture<T> at(String point, Supplier<CompletableFuture<T>> call, Runnable fault) {
        broker.arm(point);
        CompletableFuture<T> called = call.get();
        broker.awaitReached(point);
        fault.run();
        broker.letGo(point);
        return called;
    }

    @Test
    void vaultMadeTheToken() {
        CompletableFuture<Client.Timed> asked =
                at("vault-issue", () -> Client.asks(scene, Deployment.VAULT_TOOL), toVault::loseReplies);

        Client.turnedAway(asked.join().answer());
        assertThat(deployment.engine().tokens()).containsAnyElementsOf(deployment.leases());

        toVault.mend();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void vaultMadeTheCredential() {
        CompletableFuture<Client.Timed> asked;
        try (HeldCatalogue catalogue = new HeldCatalogue()) {
            asked = Client.asks(scene, Deployment.VAULT_TOOL);
            catalogue.awaitHeld(1, "CREATE ROLE");
            toVault.loseReplies();
        }

        Client.turnedAway(asked.join().answer());

        toVault.mend();
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void vaultRevoked() {
        JsonNode grant = Client.granted(scene, Deployment.VAULT_TOOL, "read");
        CompletableFuture<Answer> completed =
                at("vault-destroy", () -> Client.completes(scene, grant), toVault::loseReplies);
        Deployment.await("the login's end", () -> deployment.rolesAtTarget().isEmpty());
        assertThat(deployment.count("SELECT count(*) FROM lease WHERE state = 'revoking'"))
                .isEqualTo(1);

        toVault.mend();
        assertThat(completed.join().status()).isEqualTo(200);
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void targetMadeTheLogin() {
        CompletableFuture<Client.Timed> asked;
        try (HeldCatalogue catalogue = new HeldCatalogue()) {
            asked = Client.asks(scene, Deployment.POSTGRES_TOOL);
            catalogue.awaitHeld(1, "CREATE ROLE");
            toTarget.loseReplies();
        }

        Client.turnedAway(asked.join().answer());

        toTarget.mend();
        Remains.nothingIsLeft(deployment, scene);
    }

    /** Who hangs up does not stop the server: it may make the login after somebody has looked and seen none. */
    @Test
    void targetIsStillAtItWhenTheLineIsCut() {
        try (HeldCatalogue catalogue = new HeldCatalogue()) {
            CompletableFuture<Client.Timed> asked = Client.asks(scene, Deployment.POSTGRES_TOOL);
            catalogue.awaitHeld(1, "CREATE ROLE");
            toTarget.down();
            Client.turnedAway(asked.join().answer());
            toTarget.up();
            Deployment.await(
                    "a look at the target",
                    () -> deployment.count(
                                    "SELECT count(*) FROM lease WHERE state = 'revoked' OR last_error LIKE '%still%'"
                                            + " OR last_error LIKE '%under way%'")
                            == deployment.leases().size());
        }

        Remains.nothingIsLeft(deployment, scene);
        Deployment.await(
                "the end of what was under way",
                () -> Deployment.rows(
                                "orders",
                                "SELECT pid FROM pg_stat_activity WHERE usename = 'errand_broker' AND state = 'active'")
                        .isEmpty());
        assertThat(deployment.rolesAtTarget()).isEmpty();
    }

    @Test
    void targetForbadeTheLogin() {
        JsonNode grant = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
        CompletableFuture<Answer> completed;
        try (HeldCatalogue catalogue = new HeldCatalogue()) {
            completed = Client.completes(scene, grant);
            catalogue.awaitHeld(1, "NOLOGIN");
            toTarget.loseReplies();
        }
        Deployment.await(
                "a try that failed",
                () -> deployment.count("SELECT count(*) FROM lease WHERE state = 'revoking' AND attempts > 0") > 0);

        toTarget.mend();
        assertThat(completed.join().status()).isEqualTo(200);
        Remains.nothingIsLeft(deployment, scene);
    }

    @Test
    void ownDatabaseCommittedActive() {
        for (String tool : List.of(Deployment.VAULT_TOOL, Deployment.POSTGRES_TOOL)) {
            long before = deployment.count("SELECT count(*) FROM lease WHERE state <> 'pending'");
            CompletableFuture<Client.Timed> asked =
                    at("before-active", () -> Client.asks(scene, tool), toDatabase::loseReplies);
            Deployment.await(
                    "the commit",
                    () -> deployment.count("SELECT count(*) FROM lease WHERE state <> 'pending'") > before);
            toDatabase.mend();

            Client.toldToComeBack(asked.join().answer());
        }
        // If the pool had only broken connections left, the lease could not be given up, and ends when it must.
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
        Remains.nothingIsLeft(deployment, scene);
    }

    /** Whoever does not know whether it has claimed a lease gives it back: it would have two minutes to be used in. */
    @Test
    void ownDatabaseCommittedTheClaim() {
        JsonNode grant = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
        CompletableFuture<Answer> completed =
                at("before-claim", () -> Client.completes(scene, grant), toDatabase::loseReplies);
        Deployment.await(
                "the commit", () -> deployment.count("SELECT count(*) FROM lease WHERE claimed_until > now()") == 1);
        assertThat(deployment.rolesAtTarget()).hasSize(1);

        toDatabase.mend();
        completed.join();
        Remains.nothingIsLeft(deployment, scene);
    }

    /** The credential is gone, and the database did not take it down: that is made up for as soon as it answers. */
    @Test
    void ownDatabaseDidNotCommitTheEnd() {
        JsonNode grant = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
        CompletableFuture<Answer> completed =
                at("before-revoked", () -> Client.completes(scene, grant), toDatabase::down);
        completed.join();

        toDatabase.up();
        Remains.nothingIsLeft(deployment, scene);
    }

    /** The database stays away: nothing can be undone now, and the lease that nobody holds ends when it must. */
    @Test
    void ownDatabaseCommittedActiveAndIsGone() {
        CompletableFuture<Client.Timed> asked =
                at("before-active", () -> Client.asks(scene, Deployment.POSTGRES_TOOL), toDatabase::loseReplies);

        Client.toldToComeBack(asked.join().answer());
        assertThat(deployment.count("SELECT count(*) FROM lease WHERE state = 'active'"))
                .isEqualTo(1);

        toDatabase.mend();
        deployment.execute("UPDATE task SET expires_at = now() WHERE state = 'active'");
        Remains.nothingIsLeft(deployment, scene);
    }
}
