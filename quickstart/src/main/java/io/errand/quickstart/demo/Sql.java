package io.errand.quickstart.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a database says, refusals included. */
final class Sql {

    /** The server ended the session ({@code admin_shutdown}). */
    static final String TERMINATED = "57P01";

    static final String FORBIDDEN = "42501";

    /** {@code invalid_authorization_specification} and {@code invalid_password}. */
    static final List<String> NO_SUCH_LOGIN = List.of("28000", "28P01");

    private Sql() {}

    /** A call that a database may refuse. */
    @FunctionalInterface
    interface Attempt {
        void run() throws SQLException;
    }

    static Optional<SQLException> refusal(Attempt attempt) {
        try {
            attempt.run();
            return Optional.empty();
        } catch (SQLException e) {
            return Optional.of(e);
        }
    }

    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The rows as text, the names of the columns first. */
    static List<List<String>> rows(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            int columns = result.getMetaData().getColumnCount();
            List<String> names = new ArrayList<>();
            for (int i = 1; i <= columns; i++) {
                names.add(result.getMetaData().getColumnName(i));
            }
            rows.add(names);
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    String value = result.getString(i);
                    row.add(value == null ? "–" : value);
                }
                rows.add(row);
            }
            return rows;
        }
    }

    static String said(Optional<SQLException> refusal) {
        return refusal.map(e -> e.getMessage() + " (SQLSTATE " + e.getSQLState() + ")")
                .orElse("no refusal");
    }

    static boolean is(Optional<SQLException> refusal, String state) {
        return refusal.filter(e -> state.equals(e.getSQLState())).isPresent();
    }

    static boolean isNoSuchLogin(Optional<SQLException> refusal) {
        return refusal.filter(e -> NO_SUCH_LOGIN.contains(String.valueOf(e.getSQLState())))
                .isPresent();
    }
}
