package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.postgres.check.TargetCheck;
import io.errand.broker.credential.postgres.check.TargetFinding;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Secret;
import io.errand.testing.BrokerTest;
import io.errand.testing.OwnServer;
import io.errand.testing.PageBlock;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A server of its own with a database that {@code docs/targets.md} made a target of, and a backend that uses it. */
public final class DocumentedTarget implements AutoCloseable {

    static final String DATABASE = "orders";
    static final String NAME = "orders";
    static final List<String> ACTIONS = List.of("read", "write");

    public final OwnServer server;
    Targets targets;
    PostgresBackend backend;

    public DocumentedTarget(OwnServer.Version version, String... settings) {
        server = OwnServer.start(version, settings);
        server.postgres().execute("postgres", "CREATE DATABASE orders");
        server.postgres()
                .execute(
                        DATABASE,
                        "CREATE TABLE orders (id int PRIMARY KEY, item text NOT NULL)",
                        "INSERT INTO orders VALUES (1, 'paper'), (2, 'ink')",
                        script(version));
        targets = targets(settings());
        backend = backend(targets);
    }

    private static String script(OwnServer.Version version) {
        return PageBlock.of("docs/targets.md", version == OwnServer.Version.POSTGRES_15 ? "setup-15" : "setup")
                .text();
    }

    public Settings settings() {
        return new Settings(server.url(DATABASE), List.of(), Set.of());
    }

    /** The settings that differ between tests. */
    public record Settings(String url, List<String> standbys, Set<String> accept) {

        Settings at(String otherUrl) {
            return new Settings(otherUrl, standbys, accept);
        }

        public Settings with(OwnServer standby) {
            Object shown = PageBlock.of("docs/targets.md", "standbys")
                    .with(
                            "jdbc:postgresql://db-replica-1.example:5432/orders?sslmode=verify-full",
                            standby.url(DATABASE))
                    .resource()
                    .get("standbys");
            return new Settings(
                    url,
                    ((List<?>) Objects.requireNonNull(shown))
                            .stream().map(String::valueOf).toList(),
                    accept);
        }

        Settings accepting(String what) {
            return new Settings(url, standbys, Set.of(what));
        }

        TargetProperties.Target target() {
            return target(new Secret("choose-another"), null);
        }

        TargetProperties.Target target(Path passwordFile) {
            return target(null, passwordFile);
        }

        private TargetProperties.Target target(@Nullable Secret password, @Nullable Path passwordFile) {
            return new TargetProperties.Target(
                    url,
                    "errand_broker",
                    password,
                    passwordFile,
                    8,
                    10,
                    4096,
                    null,
                    standbys,
                    null,
                    null,
                    accept,
                    TargetProperties.Leftovers.DROP);
        }
    }

    static Targets targets(Settings settings) {
        return new Targets(TargetProperties.of(Map.of(NAME, settings.target())));
    }

    static PostgresBackend backend(Targets targets) {
        return new PostgresBackend(targets, new ErrandProperties(BrokerTest.ISSUER), new OneDeployment());
    }

    /** From now on with these settings. */
    public DocumentedTarget use(Settings settings) {
        targets.destroy();
        targets = targets(settings);
        backend = backend(targets);
        return this;
    }

    public List<TargetFinding> check(String... groups) {
        return TargetCheck.report(targets.byName(NAME).orElseThrow(), Set.of(groups));
    }

    static ToolBinding binding(String reader, String writer) {
        return new ToolBinding(
                "orders-db",
                ACTIONS,
                Map.of("target", NAME, "roles", Map.of("read", List.of(reader), "write", List.of(writer))));
    }

    static ToolBinding binding() {
        return binding("orders_reader", "orders_writer");
    }

    public Map<String, Object> issue(UUID lease, List<String> actions) {
        Instant now = Instant.now();
        Issuing issuing = backend.issue(
                new Order(
                        lease,
                        binding(),
                        actions,
                        Term.between(now, now.plusSeconds(300)),
                        Term.between(now, now.plusSeconds(600)),
                        Map.of("task", "42", "agent", "resisting")),
                reference -> true);
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        return ((Issuing.Issued) issuing).data();
    }

    Destruction destroy(UUID lease) {
        return backend.destroy(new Remains(lease, binding(), null));
    }

    static Connection connect(String url, Map<String, Object> credential) throws SQLException {
        return DriverManager.getConnection(
                url,
                (String) credential.get("username"),
                credential.get("password") instanceof Secret password ? password.reveal() : "");
    }

    Connection connect(Map<String, Object> credential) throws SQLException {
        return connect(server.url(DATABASE), credential);
    }

    /** From now on the broker's login needs its password; the superuser and agents do not. */
    void requirePasswords() {
        server.passwordsFor("errand_broker");
    }

    public void execute(String... statements) {
        server.postgres().execute(DATABASE, statements);
    }

    /** The first column of the first row, as the superuser sees it; empty if there is none. */
    String text(String sql) throws SQLException {
        return text(server, sql);
    }

    static String text(OwnServer at, String sql) throws SQLException {
        try (Connection connection = at.connect(DATABASE);
                var row = connection.createStatement().executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    @Override
    public void close() {
        targets.destroy();
        server.close();
    }
}
