package io.errand.broker.credential.mariadb;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The accounts and sessions whose user name carries one lease's id, with its hyphens or without. */
final class Accounts {

    private static final String NAMED = "(LOWER(user) LIKE ? OR LOWER(user) LIKE ?)";

    private final Connection connection;
    private final String id;
    private final Set<Long> ended = new LinkedHashSet<>();

    Accounts(Connection connection, UUID lease) {
        this.connection = connection;
        this.id = lease.toString();
    }

    /** @param user as the process list has it */
    record Account(String user, String host) {

        /** As SQL has it; a quotation mark or backslash cannot be in a name that Vault's template makes, and is refused. */
        String quoted() throws SQLException {
            if (!user.matches("[A-Za-z0-9_.-]+") || !host.matches("[A-Za-z0-9_.%:/-]*")) {
                throw new SQLException(
                        "The account " + user + "@" + host + " has a name that the broker does not touch.");
            }
            return "'" + user + "'@'" + host + "'";
        }
    }

    int sessionsEnded() {
        return ended.size();
    }

    List<Account> all() throws SQLException {
        List<Account> accounts = new ArrayList<>();
        try (PreparedStatement statement =
                        named("SELECT user, host FROM mysql.user WHERE " + NAMED + " ORDER BY user, host");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                accounts.add(new Account(rows.getString(1), rows.getString(2)));
            }
        }
        return accounts;
    }

    void lock(Account account) throws SQLException {
        execute("ALTER USER IF EXISTS " + account.quoted() + " ACCOUNT LOCK");
    }

    void drop(Account account) throws SQLException {
        execute("DROP USER IF EXISTS " + account.quoted());
    }

    /** A session is told to end, and ends at its next check; the process list shows it until then, and after its user is gone. */
    List<Long> endSessions() throws SQLException {
        List<Long> sessions = sessions();
        for (long session : sessions) {
            try {
                execute("KILL CONNECTION " + session);
            } catch (SQLException e) {
                if (e.getErrorCode() != 1094) { // it has ended by itself: no such thread
                    throw e;
                }
            }
        }
        ended.addAll(sessions);
        return sessions;
    }

    List<Long> sessions() throws SQLException {
        List<Long> sessions = new ArrayList<>();
        try (PreparedStatement statement = named("SELECT id FROM information_schema.processlist WHERE " + NAMED);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                sessions.add(rows.getLong(1));
            }
        }
        return sessions;
    }

    /** What says that it runs with the rights of one that is gone: it does not run any more. */
    List<String> definedObjects() throws SQLException {
        List<String> objects = new ArrayList<>();
        try (PreparedStatement statement = named("""
                SELECT what FROM (
                  SELECT CONCAT(LOWER(routine_type), ' ', routine_schema, '.', routine_name) what, definer user
                    FROM information_schema.routines
                  UNION ALL SELECT CONCAT('view ', table_schema, '.', table_name), definer FROM information_schema.views
                  UNION ALL SELECT CONCAT('trigger ', trigger_schema, '.', trigger_name), definer FROM information_schema.triggers
                  UNION ALL SELECT CONCAT('event ', event_schema, '.', event_name), definer FROM information_schema.events
                ) defined
                """ + "WHERE " + NAMED + " ORDER BY 1 LIMIT 100");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                objects.add(rows.getString(1));
            }
        }
        return objects;
    }

    String now() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')")) {
            row.next();
            return row.getString(1);
        }
    }

    private PreparedStatement named(String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setString(1, "%" + id + "%");
        statement.setString(2, "%" + id.replace("-", "") + "%");
        return statement;
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
