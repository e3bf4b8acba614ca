package io.errand.broker.credential.postgres.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.postgres.DocumentedTarget;
import io.errand.broker.shared.Ids;
import io.errand.testing.BesideOthers;
import io.errand.testing.OwnServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is missing at a target is an error, what is wider than need be a warning, and the documented set-up is neither. */
@BesideOthers
class TargetCheckTest {

    private static final String GROUPS = "orders_reader";

    /**
     * @param made what an administrator did to the documented set-up
     * @param undone how it is taken back
     * @param said the finding, by severity, subject and a part of its sentence; empty: there is none
     */
    private record Case(String made, String undone, String said) {}

    private static final List<Case> CASES = List.of(
            new Case("SELECT 1", "SELECT 1", ""),
            // Missing.
            new Case(
                    "ALTER ROLE errand_broker NOCREATEROLE",
                    "ALTER ROLE errand_broker CREATEROLE",
                    "error server The broker's login at the target lacks CREATEROLE."),
            new Case(
                    "REVOKE CONNECT ON DATABASE orders FROM orders_reader",
                    "GRANT CONNECT ON DATABASE orders TO orders_reader",
                    "error database orders lets none of these roles in"),
            new Case(
                    "ALTER ROLE errand_broker NOLOGIN",
                    "ALTER ROLE errand_broker LOGIN",
                    "error orders cannot be looked at: FATAL: role \"errand_broker\" is not permitted to log in"),
            // Wrong.
            new Case(
                    "ALTER ROLE orders_reader LOGIN",
                    "ALTER ROLE orders_reader NOLOGIN",
                    "error orders_reader 'orders_reader' can become a role that can log in"),
            new Case(
                    "CREATE SCHEMA cron; CREATE TABLE cron.job (id int); GRANT USAGE ON SCHEMA cron TO PUBLIC",
                    "DROP SCHEMA cron CASCADE",
                    "error orders_reader may use the schema cron"),
            // Too wide.
            new Case(
                    "ALTER ROLE errand_broker SUPERUSER",
                    "ALTER ROLE errand_broker NOSUPERUSER",
                    "warning errand_broker has SUPERUSER, and needs CREATEROLE alone"),
            new Case(
                    "ALTER ROLE errand_broker CREATEDB BYPASSRLS",
                    "ALTER ROLE errand_broker NOCREATEDB NOBYPASSRLS",
                    "warning errand_broker has BYPASSRLS, CREATEDB"),
            new Case(
                    "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
                    "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
                    "warning database postgres lets everybody in"),
            new Case(
                    "GRANT CREATE ON SCHEMA public TO PUBLIC",
                    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
                    "warning schema public lets everybody create in it"),
            new Case(
                    "CREATE ROLE wide LOGIN; GRANT wide TO errand_broker WITH ADMIN OPTION",
                    "DROP ROLE wide",
                    "warning wide is no tool's role as it is: 'wide' can become a role that can log in"));

    /** The broker inherits from the logins that it makes, so that it may end their sessions: no fault of anybody's. */
    @ParameterizedTest
    @EnumSource
    void whatTheBrokerInheritsFromALiveLoginIsNoFinding(OwnServer.Version version) {
        try (DocumentedTarget target = new DocumentedTarget(version)) {
            target.issue(Ids.next(), List.of("read"));

            assertThat(target.check("orders_reader", "orders_writer")).isEmpty();
        }
    }

    @Test
    void aGroupThatTheBrokerInheritsFromIsTold() {
        try (DocumentedTarget target = new DocumentedTarget(OwnServer.Version.POSTGRES_18)) {
            target.execute(
                    "GRANT orders_reader TO errand_broker WITH INHERIT TRUE",
                    "CREATE ROLE middle NOLOGIN",
                    "GRANT orders_writer TO middle",
                    "GRANT middle TO errand_broker WITH INHERIT TRUE");

            assertThat(target.check("orders_reader", "orders_writer"))
                    .extracting(TargetFinding::subject)
                    .containsExactlyInAnyOrder("orders_reader", "orders_writer");
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachSetUpIsToldForWhatItIs(OwnServer.Version version) {
        try (DocumentedTarget target = new DocumentedTarget(version)) {
            for (Case one : CASES) {
                target.execute(one.made);
                // What was connected before goes on; a check begins anew.
                target.use(target.settings());

                List<String> said = target.check(GROUPS).stream()
                        .map(finding -> finding.severity() + " " + finding.subject() + " " + finding.detail())
                        .toList();

                if (one.said.isEmpty()) {
                    assertThat(said).as(one.made).isEmpty();
                } else {
                    assertThat(said)
                            .as(one.made)
                            .anySatisfy(text -> assertThat(text).contains(one.said));
                }
                target.execute(one.undone);
            }
        }
    }

    /** From 16 on what a grant gives is said by the grant. */
    @Test
    void aLoginThatDoesNotInheritIsAnErrorOn15() {
        try (DocumentedTarget target = new DocumentedTarget(OwnServer.Version.POSTGRES_15)) {
            target.execute("ALTER ROLE errand_broker NOINHERIT");

            assertThat(target.check(GROUPS))
                    .first()
                    .satisfies(finding -> assertThat(finding.detail()).contains("NOINHERIT", "ALTER ROLE … INHERIT"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStandbyThatIsNotWhatItShouldBeIsAnError(OwnServer.Version version) {
        try (DocumentedTarget target = new DocumentedTarget(version);
                OwnServer standby = target.server.standby();
                OwnServer stranger = OwnServer.start(version)) {
            target.use(target.settings().with(standby));
            assertThat(target.check(GROUPS)).isEmpty();

            target.use(target.settings());
            assertThat(target.check(GROUPS))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.detail())
                            .contains("1 servers replicate from this one, and 0 are named"));

            stranger.postgres().execute("postgres", "CREATE DATABASE orders", "CREATE ROLE errand_broker LOGIN");
            target.use(target.settings().with(stranger));
            assertThat(target.check(GROUPS))
                    .first()
                    .satisfies(finding -> assertThat(finding.detail()).contains("belongs to another cluster"));

            standby.promote();
            target.use(target.settings().with(standby));
            assertThat(target.check(GROUPS))
                    .first()
                    .satisfies(finding -> assertThat(finding.detail()).contains("is a primary of its own"));

            standby.stop();
            target.use(target.settings().with(standby));
            assertThat(target.check(GROUPS))
                    .first()
                    .satisfies(finding -> assertThat(finding.detail()).contains("cannot be looked at"));
        }
    }
}
