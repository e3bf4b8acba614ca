package io.errand.broker.credential.mariadb;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The server's prepared XA transactions. One outlives the session and the user that prepared it, keeps its locks, names neither, and
 * is anybody's to commit or to roll back.
 */
final class XaTransactions {

    /** What is read of a list that whoever may log in can make as long as they like. */
    private static final int MOST = 10_000;

    /** XAER_NOTA: somebody was faster, or an open session has it. */
    private static final int NOT_THERE = 1397;

    private final Connection connection;

    XaTransactions(Connection connection) {
        this.connection = connection;
    }

    /**
     * @param rolledBack how many were ended
     * @param standing how many are there
     */
    record Seen(int rolledBack, int standing) {}

    Seen look() throws SQLException {
        return new Seen(0, all().size());
    }

    /** Those that an open session has prepared are left: they are that session's. */
    Seen rollBack() throws SQLException {
        int rolledBack = 0;
        for (String xid : all()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("XA ROLLBACK " + xid);
                rolledBack++;
            } catch (SQLException e) {
                if (e.getErrorCode() != NOT_THERE) {
                    throw e;
                }
            }
        }
        return new Seen(rolledBack, all().size());
    }

    /** As SQL has them: in hexadecimal digits, since whoever prepared one chose its bytes. */
    private List<String> all() throws SQLException {
        List<String> all = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("XA RECOVER")) {
            while (rows.next() && all.size() < MOST) {
                int global = rows.getInt("gtrid_length");
                byte[] data = rows.getBytes("data");
                HexFormat hex = HexFormat.of();
                all.add("X'" + hex.formatHex(data, 0, global) + "', X'"
                        + hex.formatHex(data, global, global + rows.getInt("bqual_length")) + "', "
                        + rows.getLong("formatID"));
            }
        }
        return all;
    }
}
