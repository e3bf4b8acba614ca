package io.errand.broker.credential.postgres.leftover;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.core.BaseConnection;

/** Names and texts as a statement may hold them. */
public record Quoting(BaseConnection connection) {

    public Quoting(Connection connection) throws SQLException {
        this(connection.unwrap(BaseConnection.class));
    }

    public String identifier(String name) throws SQLException {
        return connection.escapeIdentifier(name);
    }

    public String literal(String text) throws SQLException {
        return "'" + connection.escapeLiteral(text) + "'";
    }

    /** @param version as {@code server_version_num} says it: 160000 */
    public boolean isServerAtLeast(int version) throws SQLException {
        return connection.haveMinimumServerVersion(version);
    }
}
