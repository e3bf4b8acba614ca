package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Destruction;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing that an agent leaves behind acts with the rights that its task had, and everything is named. */
class LeftoversTest {

    private static final String ORDERS = Surroundings.TARGET_DATABASE;

    /** A writer that leaves one of each behind, under names of its own. */
    private static Resistance.Agent leaving(Resistance at, String name) {
        Resistance.Agent agent = at.new Agent("read", "write");
        agent.does(
                ORDERS,
                List.of(
                                "CREATE TABLE app.t_%s (id serial, a int DEFAULT 3, b text CHECK (b <> ''), at timestamptz DEFAULT now())",
                                "CREATE FUNCTION app.f_%s() RETURNS SETOF secrets LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM public.secrets'",
                                "CREATE PROCEDURE app.p_%s() LANGUAGE sql AS 'SELECT 1'",
                                "CREATE VIEW app.v_%s AS SELECT * FROM public.secrets",
                                "CREATE FUNCTION app.trg_%s() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
                                "CREATE TRIGGER on_theirs_%s BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION app.trg_%s()",
                                "CREATE TRIGGER on_own_%s BEFORE INSERT ON app.t_%s FOR EACH ROW EXECUTE FUNCTION app.trg_%s()",
                                "CREATE FUNCTION app.g_%s(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                                "CREATE OPERATOR app.%o (LEFTARG = int, RIGHTARG = int, FUNCTION = app.g_%s)",
                                "ALTER TABLE app.t_%s ADD c int DEFAULT length(query_to_xml('SELECT 1', true, true, '')::text)",
                                "ALTER TABLE app.t_%s ADD CONSTRAINT c_%s CHECK (app.g_%s(a, a))",
                                "CREATE RULE r_%s AS ON INSERT TO app.t_%s DO ALSO NOTIFY x",
                                "CREATE POLICY p_%s ON app.t_%s USING (app.g_%s(a, 1))",
                                "CREATE DOMAIN app.d_%s AS int DEFAULT 1 CHECK (app.g_%s(VALUE, 1))",
                                "GRANT SELECT ON app.t_%s TO PUBLIC",
                                "GRANT EXECUTE ON FUNCTION app.f_%s() TO PUBLIC",
                                "GRANT SELECT ON app.v_%s TO PUBLIC",
                                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
                        .stream()
                        .map(sql -> sql.replace("%s", name).replace("%o", operator(name)))
                        .toArray(String[]::new));
        return agent;
    }

    /** Letters are no part of one. */
    private static String operator(String name) {
        return "=".repeat(3 + Math.floorMod(name.hashCode(), 30));
    }

    @ParameterizedTest
    @EnumSource
    void whatRunsIsDroppedAndDataGoesToARoleWithoutRights(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        String name = "a" + version.name().toLowerCase(Locale.ROOT);
        Resistance.Agent agent = leaving(at, name);

        Destruction.Gone gone = agent.gone();

        assertThat(fates(gone))
                .contains(
                        "table app.t_" + name + ": given to errand_leftovers",
                        "function app.f_" + name + "(): dropped",
                        "procedure app.p_" + name + "(): dropped",
                        "view app.v_" + name + ": dropped",
                        "trigger on_theirs_" + name + " on public.orders: dropped",
                        "trigger on_own_" + name + " on app.t_" + name + ": dropped",
                        "operator app." + operator(name) + "(integer,integer): dropped",
                        "default value app.t_" + name + ".c: dropped",
                        "check constraint c_" + name + " on app.t_" + name + ": dropped",
                        "rule r_" + name + " on app.t_" + name + ": dropped",
                        "policy p_" + name + " on app.t_" + name + ": dropped",
                        "type app.d_" + name + ": given to errand_leftovers");
        assertThat(String.valueOf(gone.facts().get("leftovers"))).contains("default privileges");
        assertThat(at.texts(ORDERS, "SELECT proname FROM pg_proc WHERE proname LIKE '%\\_" + name + "'"))
                .isEmpty();
        assertThat(at.texts(ORDERS, "SELECT tgname FROM pg_trigger WHERE tgname LIKE '%\\_" + name + "'"))
                .isEmpty();
        assertThat(at.texts(ORDERS, "SELECT viewname FROM pg_views WHERE viewname = 'v_" + name + "'"))
                .isEmpty();
        assertThat(at.text("SELECT relowner::regrole || ' ' || relacl::text FROM pg_class WHERE relname = 't_" + name
                        + "'"))
                .startsWith("errand_leftovers")
                .doesNotContain("{=", ",=");
        // What only PostgreSQL's own constant functions compute stays.
        assertThat(at.texts(
                        ORDERS,
                        "SELECT column_name::text FROM information_schema.columns WHERE table_name = 't_" + name
                                + "' AND column_default IS NOT NULL ORDER BY 1"))
                .containsExactly("a", "at", "id");
        assertThat(at.text("SELECT count(*) FROM pg_default_acl")).isEqualTo("0");
        assertThat(at.text("SELECT rolcanlogin::text || (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)"
                        + " FROM pg_roles r WHERE rolname = 'errand_leftovers'"))
                .isEqualTo("false0");
        at.server.execute(
                ORDERS,
                "INSERT INTO app.t_" + name + " (b) VALUES ('x')",
                "INSERT INTO orders VALUES (7, 'x')",
                "DELETE FROM orders WHERE id = 7");
    }

    @ParameterizedTest
    @EnumSource
    void whereItIsSetWhatRunsIsKeptAndNobodyMayRunIt(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        String name = "q" + version.name().toLowerCase(Locale.ROOT);
        Resistance.Agent agent = leaving(at, name);

        Destruction.Gone gone = agent.gone(at.quarantining);

        assertThat(fates(gone))
                .contains(
                        "function app.f_" + name + "(): quarantined",
                        "view app.v_" + name + ": quarantined",
                        // It would go on running for whoever inserts.
                        "function app.trg_" + name + "(): dropped",
                        "trigger on_theirs_" + name + " on public.orders: dropped");
        assertThat(at.text("SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'f_" + name + "'"))
                .isEqualTo("errand_quarantine");
        assertThat(at.texts(
                        ORDERS,
                        "SELECT x.grantee::text FROM pg_proc p, aclexplode(p.proacl) x WHERE p.proname = 'f_" + name
                                + "'"))
                .isEmpty();
        try (Connection stranger = DriverManager.getConnection(at.server.url(ORDERS), "stranger", "stranger")) {
            at.server.execute(ORDERS, "GRANT USAGE ON SCHEMA app TO stranger");
            assertThatThrownBy(() -> Resistance.run(stranger, "SELECT * FROM app.f_" + name + "()"))
                    .hasMessageContaining("permission denied");
            assertThatThrownBy(() -> Resistance.run(stranger, "SELECT * FROM app.v_" + name))
                    .hasMessageContaining("permission denied");
        }
        assertThat(at.text("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
                        + " WHERE r.rolname IN ('errand_leftovers', 'errand_quarantine')"))
                .isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource
    void whatOthersDataHangsOnIsKeptWithoutRights(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        String name = "o" + version.name().toLowerCase(Locale.ROOT);
        Resistance.Agent agent = at.new Agent("write");
        agent.does(
                ORDERS,
                "CREATE FUNCTION app.i_" + name + "(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'",
                "CREATE TYPE app.e_" + name + " AS ENUM ('a')");
        at.server.execute(
                ORDERS,
                "CREATE TABLE theirs_" + name + " (id int, g int GENERATED ALWAYS AS (app.i_" + name
                        + "(id)) STORED, e app.e_" + name + ")");

        assertThat(fates(agent.gone()))
                .contains(
                        "function app.i_" + name + "(integer): quarantined",
                        "type app.e_" + name + ": given to errand_leftovers");

        assertThat(at.texts(
                        ORDERS,
                        "SELECT attname FROM pg_attribute WHERE attrelid = 'theirs_" + name
                                + "'::regclass AND attnum > 0 AND NOT attisdropped"))
                .containsExactly("id", "g", "e");
    }

    /** Then the rights on schemas are lent for a moment, in a transaction. Before 16 a login inherits all its roles or none. */
    @Test
    void aBrokerThatDoesNotInheritItsGroupsPutsAwayAllTheSame() {
        Resistance at = Resistance.at(Postgres.Version.NEWEST);
        Resistance.Agent agent = leaving(at, "n");
        at.server.execute(
                "postgres",
                "GRANT orders_reader, orders_writer TO errand_broker WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
        try {
            assertThat(fates(agent.gone())).contains("function app.f_n(): dropped");
        } finally {
            at.server.execute(
                    "postgres", "GRANT orders_reader, orders_writer TO errand_broker WITH INHERIT TRUE, SET TRUE");
        }
    }

    @ParameterizedTest
    @EnumSource
    void itCannotBecomeItsGroupWhereThatCanBePrevented(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("write");
        try (Connection session = agent.login()) {
            if (version == Postgres.Version.OLDEST) {
                Resistance.run(session, "SET ROLE orders_writer");
            } else {
                assertThatThrownBy(() -> Resistance.run(session, "SET ROLE orders_writer"))
                        .hasMessageContaining("permission denied to set role");
            }
        }

        assertThat(agent.gone().facts().containsKey("not_looked_at")).isEqualTo(version == Postgres.Version.OLDEST);
    }

    private static List<String> fates(Destruction.Gone gone) {
        assertThat(gone.facts()).containsKeys("leftovers", "leftovers_count");
        return ((List<?>) Objects.requireNonNull(gone.facts().get("leftovers")))
                .stream()
                        .map(one -> (Map<?, ?>) one)
                        .map(one -> one.get("kind") + " " + one.get("name") + ": " + one.get("fate"))
                        .toList();
    }
}
