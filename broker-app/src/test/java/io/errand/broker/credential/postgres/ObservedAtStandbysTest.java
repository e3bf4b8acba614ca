package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Destruction;
import io.errand.broker.shared.Ids;
import io.errand.testing.BesideOthers;
import io.errand.testing.OwnServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A login that somebody else made and dropped: only the lease's id is known of it, and each standby is looked at all the same. */
@BesideOthers
class ObservedAtStandbysTest {

    @ParameterizedTest
    @EnumSource
    void aSessionThatItsMakerLeftAtAStandbyIsEndedAndTheStandbyLookedAt(OwnServer.Version version) throws Exception {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby()) {
            target.execute(
                    "CREATE ROLE vault_at_orders NOLOGIN CREATEROLE",
                    "GRANT pg_signal_backend TO vault_at_orders",
                    "GRANT vault_at_orders TO errand_broker");
            target.use(target.settings().with(standby));
            UUID lease = Ids.next();
            String login = made(target, standby, lease);
            try (Connection there = DriverManager.getConnection(standby.url("orders"), login, "unasked")) {
                target.execute("DROP ROLE \"" + login + "\"");
                Awaitility.await("the drop is replayed")
                        .until(() -> DocumentedTarget.text(
                                        standby, "SELECT rolname FROM pg_roles WHERE rolname = '" + login + "'")
                                .isEmpty());
                there.createStatement().execute("SELECT 1");

                assertThat(destroy(target, lease))
                        .isInstanceOfSatisfying(
                                Destruction.Retry.class,
                                retry -> assertThat(retry.cause())
                                        .contains("127.0.0.1:" + standby.port())
                                        .contains("had 1 sessions of roles that are dropped"));

                assertThatThrownBy(() -> there.createStatement().execute("SELECT 1"))
                        .isInstanceOf(SQLException.class);
            }
            assertThat(destroy(target, lease))
                    .isInstanceOfSatisfying(
                            Destruction.Gone.class,
                            gone -> assertThat((List<?>) gone.facts().get("standbys"))
                                    .singleElement()
                                    .satisfies(seen -> assertThat((Map<?, ?>) seen)
                                            .extracting("catalogue", "sessions")
                                            .containsExactly("absent", 0)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStandbyThatHasNotHeardOfTheDropKeepsTheLease(OwnServer.Version version) throws Exception {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby()) {
            target.execute(
                    "CREATE ROLE vault_at_orders NOLOGIN CREATEROLE",
                    "GRANT pg_signal_backend TO vault_at_orders",
                    "GRANT vault_at_orders TO errand_broker");
            target.use(target.settings().with(standby));
            UUID lease = Ids.next();
            String login = made(target, standby, lease);
            standby.postgres().execute("postgres", "SELECT pg_wal_replay_pause()");
            try (Connection there = DriverManager.getConnection(standby.url("orders"), login, "unasked")) {
                target.execute("DROP ROLE \"" + login + "\"");

                assertThat(destroy(target, lease))
                        .isInstanceOfSatisfying(
                                Destruction.Retry.class,
                                retry -> assertThat(retry.cause())
                                        .contains("127.0.0.1:" + standby.port())
                                        .contains("not yet that nothing carries the lease's id"));
                assertThatThrownBy(() -> there.createStatement().execute("SELECT 1"))
                        .as("its session is cut all the same")
                        .isInstanceOf(SQLException.class);
            }
            standby.postgres().execute("postgres", "SELECT pg_wal_replay_resume()");
            Awaitility.await("the standby has heard of it")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> destroy(target, lease) instanceof Destruction.Gone);
        }
    }

    /** As Vault makes one, and at the standby as well. */
    private static String made(DocumentedTarget target, OwnServer standby, UUID lease) {
        String login = "errand_token-" + lease + "_1";
        target.execute("CREATE ROLE \"" + login + "\" LOGIN IN ROLE orders_reader");
        Awaitility.await("it is replayed")
                .until(() -> DocumentedTarget.text(
                                standby, "SELECT rolname FROM pg_roles WHERE rolname = '" + login + "'")
                        .equals(login));
        return login;
    }

    private static Destruction destroy(DocumentedTarget target, UUID lease) {
        return new PostgresObserver(target.targets).destroy(DocumentedTarget.NAME, lease, false);
    }
}
