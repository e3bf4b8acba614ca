package io.errand.broker.credential.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.core.BaseConnection;

/** Names and texts as a statement may hold them. */
record Quoting(BaseConnection connection) {

    Quoting(Connection connection) throws SQLException {
        this(connection.unwrap(BaseConnection.class));
    }

    String identifier(String name) throws SQLException {
        return connection.escapeIdentifier(name);
    }

    String literal(String text) throws SQLException {
        return "'" + connection.escapeLiteral(text) + "'";
    }

    /** @param version as {@code server_version_num} says it: 160000 */
    boolean isServerAtLeast(int version) throws SQLException {
        return connection.haveMinimumServerVersion(version);
    }
}
