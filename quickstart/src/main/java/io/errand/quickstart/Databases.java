package io.errand.quickstart;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The two databases and the roles around them; each step does nothing where it was done before. */
final class Databases {

    private final EmbeddedDatabase server;

    Databases(EmbeddedDatabase server) {
        this.server = server;
    }

    void prepare() throws SQLException {
        try (Connection connection = server.connect("postgres");
                Statement sql = connection.createStatement()) {
            login(sql, server.store(), "");
            login(sql, server.target(), "CREATEROLE");
            for (String group : new String[] {"orders_reader", "orders_writer"}) {
                if (!exists(sql, "pg_roles WHERE rolname = '" + group + "'")) {
                    sql.execute("CREATE ROLE " + group + " NOLOGIN");
                }
            }
            String target = server.target().username();
            // As docs/targets.md has it: to put its logins into the groups without their rights, and to end their
            // sessions.
            sql.execute(
                    "GRANT orders_reader, orders_writer TO " + target + " WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
            sql.execute("GRANT pg_signal_backend TO " + target);
            sql.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC");
            sql.execute("REVOKE CONNECT ON DATABASE template1 FROM PUBLIC");
            database(sql, EmbeddedDatabase.STORE, server.store().username());
            database(sql, EmbeddedDatabase.TARGET, "orders_reader, orders_writer, " + target);
        }
        try (Connection connection = server.connect(EmbeddedDatabase.STORE);
                Statement sql = connection.createStatement()) {
            sql.execute("ALTER SCHEMA public OWNER TO " + server.store().username());
        }
        try (Connection connection = server.connect(EmbeddedDatabase.TARGET);
                Statement sql = connection.createStatement()) {
            orders(sql);
        }
    }

    private static void login(Statement sql, EmbeddedDatabase.Login login, String attributes) throws SQLException {
        String verb = exists(sql, "pg_roles WHERE rolname = '" + login.username() + "'") ? "ALTER" : "CREATE";
        sql.execute(
                verb + " ROLE " + login.username() + " LOGIN " + attributes + " PASSWORD '" + login.password() + "'");
    }

    /** Nobody but these connects: a login that the broker made for one database has no business in the other. */
    private static void database(Statement sql, String name, String roles) throws SQLException {
        if (!exists(sql, "pg_database WHERE datname = '" + name + "'")) {
            sql.execute("CREATE DATABASE " + name);
        }
        sql.execute("REVOKE CONNECT ON DATABASE " + name + " FROM PUBLIC");
        sql.execute("GRANT CONNECT ON DATABASE " + name + " TO " + roles);
    }

    private static void orders(Statement sql) throws SQLException {
        if (exists(sql, "pg_tables WHERE tablename = 'orders'")) {
            return;
        }
        // One string is one transaction: a start that is cut off leaves all of it or nothing.
        sql.execute("""
                CREATE TABLE orders (
                    id       int PRIMARY KEY,
                    customer text NOT NULL,
                    item     text NOT NULL,
                    amount   numeric(10, 2) NOT NULL,
                    invoice  text
                );
                INSERT INTO orders VALUES
                    (1001, 'Northwind Paper', '40 boxes of paper', 312.00, 'INV-7001'),
                    (1002, 'Harbour Print', '12 litres of ink', 198.50, NULL),
                    (1003, 'Northwind Paper', '200 envelopes', 24.90, NULL),
                    (1004, 'Lindqvist & Sons', '1 binding machine', 1450.00, 'INV-7002');
                GRANT SELECT ON orders TO orders_reader;
                GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO orders_writer;
                """);
    }

    private static boolean exists(Statement sql, String what) throws SQLException {
        try (ResultSet found = sql.executeQuery("SELECT 1 FROM " + what)) {
            return found.next();
        }
    }
}
