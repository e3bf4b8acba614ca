package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** A backend at a server of each version, by a login that is no superuser, and agents that resist there. */
final class Resistance {

    private static final Map<Postgres.Version, Resistance> ALL = new EnumMap<>(Postgres.Version.class);

    final Postgres server;
    final PostgresBackend backend;
    final PostgresObserver observer;
    final PostgresBackend quarantining;
    private final ToolBinding toolBinding = new ToolBinding(
            "orders-db",
            List.of("read", "write"),
            Map.of(
                    "target",
                    "orders",
                    "roles",
                    Map.of("read", List.of("orders_reader"), "write", List.of("orders_writer"))));

    private Resistance(Postgres.Version version) {
        server = Surroundings.another(version);
        server.execute(
                "postgres",
                "GRANT CREATE ON DATABASE orders TO orders_writer",
                "CREATE ROLE stranger LOGIN PASSWORD 'stranger'",
                "CREATE ROLE elsewhere NOLOGIN",
                // It may end the sessions of those that it made by being their member, and nobody else's.
                "REVOKE pg_signal_backend FROM errand_broker",
                "CREATE DATABASE closed",
                "REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
        server.execute(
                Surroundings.TARGET_DATABASE,
                "CREATE SCHEMA app",
                "GRANT USAGE, CREATE ON SCHEMA app TO orders_writer",
                "GRANT TRIGGER ON orders TO orders_writer",
                "CREATE TABLE secrets (id int)",
                "GRANT SELECT ON secrets TO orders_writer");
        Targets dropping = targets(TargetProperties.Leftovers.DROP);
        backend = backend(dropping);
        observer = new PostgresObserver(dropping);
        quarantining = backend(targets(TargetProperties.Leftovers.QUARANTINE));
    }

    static synchronized Resistance at(Postgres.Version version) {
        return ALL.computeIfAbsent(version, Resistance::new);
    }

    private static PostgresBackend backend(Targets targets) {
        return new PostgresBackend(targets, new ErrandProperties(BrokerTest.ISSUER), new OneDeployment());
    }

    private Targets targets(TargetProperties.Leftovers leftovers) {
        TargetProperties.Target target = new TargetProperties.Target(
                server.url(Surroundings.TARGET_DATABASE),
                "errand_broker",
                new Secret(Surroundings.BROKER_PASSWORD),
                null,
                8,
                10,
                4096,
                null,
                List.of(),
                null,
                null,
                Set.of(TargetProperties.Target.SET_ROLE),
                leftovers);
        return new Targets(TargetProperties.of(Map.of("orders", target)));
    }

    /** A login, and what is known of it. */
    final class Agent {

        final UUID lease = Ids.next();
        final String role = LoginRole.nameOf(lease);
        private final String password;

        Agent(String... actions) {
            Order order = new Order(
                    lease,
                    toolBinding,
                    List.of(actions),
                    Term.between(Instant.now(), Instant.now().plusSeconds(300)),
                    Term.between(Instant.now(), Instant.now().plusSeconds(600)),
                    Map.of("task", "42", "agent", "resisting"));
            Issuing issuing = backend.issue(order, reference -> true);
            assertThat(issuing).isInstanceOf(Issuing.Issued.class);
            password = ((Secret) Objects.requireNonNull(
                            ((Issuing.Issued) issuing).data().get("password")))
                    .reveal();
        }

        Connection login(String database) throws SQLException {
            return DriverManager.getConnection(server.url(database), role, password);
        }

        Connection login() throws SQLException {
            return login(Surroundings.TARGET_DATABASE);
        }

        /** In a session that is over afterwards. */
        void does(String database, String... statements) {
            try (Connection connection = login(database)) {
                run(connection, statements);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        Remains remains() {
            return new Remains(lease, toolBinding, role);
        }

        Destruction destroy() {
            return destroy(backend);
        }

        /** As the worker does it. */
        Destruction destroy(PostgresBackend by) {
            Destruction destruction = by.destroy(remains());
            return destruction instanceof Destruction.Resists ? by.insist(remains()) : destruction;
        }

        Destruction.Gone gone() {
            return gone(backend);
        }

        Destruction.Gone gone(PostgresBackend by) {
            Destruction destruction = destroy(by);
            assertThat(destruction).isInstanceOf(Destruction.Gone.class);
            assertThat(text("SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'"))
                    .isEqualTo("0");
            assertThat(text("SELECT count(*) FROM pg_prepared_xacts WHERE owner = '" + role + "'"))
                    .isEqualTo("0");
            return (Destruction.Gone) destruction;
        }
    }

    static void run(Connection connection, String... statements) throws SQLException {
        try (var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** As superuser, in the target's database. */
    String text(String sql) {
        return text(Surroundings.TARGET_DATABASE, sql);
    }

    String text(String database, String sql) {
        List<String> all = texts(database, sql);
        assertThat(all).as(sql).hasSize(1);
        return all.getFirst();
    }

    List<String> texts(String database, String sql) {
        try (Connection connection = server.connect(database);
                var rows = connection.createStatement().executeQuery(sql)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(String.valueOf(rows.getString(1)));
            }
            return all;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
