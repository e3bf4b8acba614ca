package io.errand.testing;

import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** What a service under test finds around it: a database of its own, a target database, issuers. */
public final class Surroundings implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    /** Signs workloads' tokens; registered as {@code workloads}. */
    public static final TestIssuer WORKLOADS = new TestIssuer();

    /** Signs people's tokens; registered as {@code people}, and the issuer of administrators. */
    public static final TestIssuer PEOPLE = new TestIssuer();

    /** The database that tools of the {@code postgres} backend act on: table {@code orders}, groups {@code orders_reader} and
     * {@code orders_writer}, and the broker's login {@code errand_broker}. */
    public static final String TARGET_DATABASE = "orders";

    /** Of {@code errand_broker} there. */
    public static final String BROKER_PASSWORD = "broker-at-target";

    static {
        furnish(Postgres.shared());
    }

    private static void furnish(Postgres server) {
        server.execute("postgres", "CREATE DATABASE " + TARGET_DATABASE);
        server.execute(
                TARGET_DATABASE,
                "CREATE TABLE orders (id int PRIMARY KEY, item text NOT NULL)",
                "INSERT INTO orders VALUES (1, 'paper'), (2, 'ink')",
                "CREATE ROLE orders_reader NOLOGIN",
                "CREATE ROLE orders_writer NOLOGIN",
                "GRANT SELECT ON orders TO orders_reader",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO orders_writer",
                "GRANT CREATE ON SCHEMA public TO orders_writer",
                "CREATE ROLE errand_broker LOGIN CREATEROLE PASSWORD '" + BROKER_PASSWORD + "'",
                "GRANT pg_signal_backend TO errand_broker",
                "GRANT orders_reader, orders_writer TO errand_broker WITH ADMIN OPTION");
    }

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        TestPropertyValues.of(settings(
                        Postgres.shared(),
                        "errand_"
                                + HexFormat.of()
                                        .toHexDigits(ThreadLocalRandom.current().nextLong())))
                .applyTo(context);
    }

    /** Another server with the target database on it, for tests that run beside those which share one. */
    public static Postgres another() {
        Postgres server = Postgres.another();
        furnish(server);
        return server;
    }

    /** The target database on a server that a test has to itself. */
    public static Postgres on(Postgres server) {
        furnish(server);
        return server;
    }

    /** The same of that version. */
    public static Postgres another(Postgres.Version version) {
        Postgres server = version.start();
        furnish(server);
        return server;
    }

    /** Makes the database, and says how a service finds it and everything else. */
    public static Map<String, String> settings(Postgres server, String database) {
        server.execute("postgres", "CREATE DATABASE " + database);
        return Map.ofEntries(
                // Issuers under test are on this machine.
                Map.entry("errand.outbound.private-networks", "127.0.0.1/32"),
                Map.entry("spring.datasource.url", server.url(database)),
                Map.entry("spring.datasource.username", server.user()),
                Map.entry("spring.datasource.password", server.password()),
                Map.entry("errand.key.encryption-key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
                Map.entry("errand.admin.issuer", PEOPLE.url()),
                Map.entry("errand.admin.name", "people"),
                Map.entry("errand.targets.orders.url", server.url(TARGET_DATABASE)),
                Map.entry("errand.targets.orders.username", "errand_broker"),
                Map.entry("errand.targets.orders.password", BROKER_PASSWORD),
                // Writers may create, which a server before 16 is asked about.
                Map.entry("errand.targets.orders.accept", "set_role"));
    }
}
