package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.map;

import io.errand.broker.credential.Backend.Listing;
import io.errand.broker.credential.Backend.Live;
import io.errand.broker.credential.Destruction;
import io.errand.broker.shared.Ids;
import io.errand.testing.BesideOthers;
import io.errand.testing.OwnServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A login is gone when it is gone at the hot standbys too, and what one of them does not say is not known (P2). */
@BesideOthers
class StandbysTest {

    private static final List<String> READ = List.of("read");

    @ParameterizedTest
    @EnumSource
    void sessionsAtAStandbyEndWithTheLease(OwnServer.Version version) throws Exception {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby()) {
            target.use(target.settings().with(standby));
            UUID lease = Ids.next();
            Map<String, Object> credential = target.issue(lease, READ);
            try (Connection there = atStandby(standby, credential)) {
                assertThat(there.createStatement()
                                .executeQuery("SELECT * FROM orders")
                                .next())
                        .isTrue();

                Destruction destruction = target.destroy(lease);

                assertThat(destruction)
                        .isInstanceOfSatisfying(
                                Destruction.Gone.class,
                                gone -> assertThat(gone.facts().get("standbys"))
                                        .asInstanceOf(list(Map.class))
                                        .singleElement()
                                        .satisfies(seen -> assertThat((Map<?, ?>) seen)
                                                .asInstanceOf(map(Object.class, Object.class))
                                                .containsEntry("catalogue", "absent")
                                                .containsEntry("sessions", 0)
                                                .containsKeys("address", "replayed", "checked_at")));
                assertThatThrownBy(() -> there.createStatement().executeQuery("SELECT * FROM orders"))
                        .isInstanceOf(SQLException.class);
            }
            assertThat(DocumentedTarget.text(
                            standby, "SELECT rolname FROM pg_roles WHERE rolname = 'errand_" + lease + "'"))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStandbyThatLagsOrIsSilentKeepsTheLease(OwnServer.Version version) throws Exception {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby()) {
            target.use(target.settings().with(standby));
            UUID lease = Ids.next();
            Map<String, Object> credential = target.issue(lease, READ);
            try (Connection there = atStandby(standby, credential)) {
                standby.postgres().execute("postgres", "SELECT pg_wal_replay_pause()");

                assertThat(causeOf(target.destroy(lease)))
                        .contains("has replayed up to")
                        .contains("127.0.0.1:" + standby.port());
                // At once, though nothing is replayed there.
                assertThatThrownBy(() -> there.createStatement().executeQuery("SELECT 1"))
                        .isInstanceOf(SQLException.class);
            }
            assertThat(target.text("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'errand_" + lease + "'"))
                    .as("forbidden at the primary, and not dropped before the standby's sessions have ended")
                    .isEqualTo("f");

            standby.stop();
            assertThat(causeOf(target.destroy(lease))).contains("does not answer");

            standby.start();
            Awaitility.await("the standby answers")
                    .untilAsserted(() -> assertThat(target.destroy(lease)).isInstanceOf(Destruction.Gone.class));
        }
    }

    /** The primary dies before its standby has heard of the removal, and the standby takes its place. */
    @ParameterizedTest
    @EnumSource
    void whatAPromotedStandbyBringsBackIsListed(OwnServer.Version version) throws Exception {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby()) {
            target.use(target.settings().at(target.server.urlWith(standby, "orders")));
            UUID lease = Ids.next();
            Map<String, Object> credential = target.issue(lease, READ);
            assertThat(credential).containsEntry("port", target.server.port());
            atStandby(standby, credential).close();
            standby.cutOff();
            // No standby is named, so the primary's word is all there is.
            assertThat(target.destroy(lease)).isInstanceOf(Destruction.Gone.class);

            target.server.stop();
            standby.promote();

            // Connections to the primary that is no more break one by one.
            Awaitility.await("the promoted standby")
                    .untilAsserted(() -> assertThat(listed(target)).containsExactly(lease));
            assertThat(target.destroy(lease)).isInstanceOf(Destruction.Gone.class);
            assertThat(listed(target)).isEmpty();
            UUID next = Ids.next();
            assertThat(target.issue(next, READ)).containsEntry("port", standby.port());
        }
    }

    /** A copy that lags would call absent what is there. */
    @ParameterizedTest
    @EnumSource
    void aStandbyIsNeverTakenForTheTarget(OwnServer.Version version) {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby()) {
            target.use(target.settings().at(standby.url("orders")));

            assertThat(target.backend.list()).singleElement().isInstanceOf(Listing.Unreachable.class);
            assertThat(target.destroy(Ids.next())).isInstanceOf(Destruction.Retry.class);
        }
    }

    private static List<UUID> listed(DocumentedTarget target) {
        return target.backend.list().stream()
                .filter(Listing.Seen.class::isInstance)
                .map(Listing.Seen.class::cast)
                .flatMap(seen -> seen.live().stream())
                .map(Live::lease)
                .toList();
    }

    private static String causeOf(Destruction destruction) {
        assertThat(destruction).isInstanceOf(Destruction.Retry.class);
        return ((Destruction.Retry) destruction).cause();
    }

    /** The login is there as soon as its making is replayed. */
    private static Connection atStandby(OwnServer standby, Map<String, Object> credential) {
        return Awaitility.await("the login at the standby")
                .ignoreExceptions()
                .until(
                        () -> DocumentedTarget.connect(standby.url(DocumentedTarget.DATABASE), credential),
                        connection -> true);
    }
}
