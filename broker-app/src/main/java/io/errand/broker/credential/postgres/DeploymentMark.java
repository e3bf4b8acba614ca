package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Deployment;
import io.errand.broker.shared.Ids;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import org.postgresql.PGConnection;

/**
 * What says at a server which database of a deployment wrote there last: the comment on a role {@code errand_deployment_<id>} that
 * cannot log in, has no privileges and no members but the broker. Whoever may change it may drop the logins as well.
 */
final class DeploymentMark {

    private static final String PREFIX = "errand_deployment_";
    private static final String NONCE = "Errand: nonce ";
    private static final String DUPLICATE_OBJECT = "42710";

    private DeploymentMark() {}

    /** The nonce there that this deployment's database did not write; empty: there is none, or it did. */
    static Optional<UUID> foreign(Connection connection, Deployment deployment) throws SQLException {
        return read(connection, deployment.id()).filter(nonce -> !deployment.wrote(nonce));
    }

    private static Optional<UUID> read(Connection connection, UUID id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ?")) {
            statement.setString(1, PREFIX + id);
            try (ResultSet row = statement.executeQuery()) {
                String comment = row.next() ? row.getString(1) : null;
                return comment != null && comment.startsWith(NONCE)
                        ? Ids.parse(comment.substring(NONCE.length()))
                        : Optional.empty();
            }
        }
    }

    /** Committed in the broker's database first: a nonce that is nowhere but there is never met. */
    static void renew(Connection connection, String target, Deployment deployment) throws SQLException {
        UUID nonce = deployment.renew(target);
        String role = connection.unwrap(PGConnection.class).escapeIdentifier(PREFIX + deployment.id());
        try (Statement statement = connection.createStatement()) {
            String comment = "COMMENT ON ROLE " + role + " IS '" + NONCE + nonce + "'";
            if (read(connection, deployment.id()).isPresent()) {
                statement.execute(comment);
                return;
            }
            try {
                statement.execute("CREATE ROLE " + role + " NOLOGIN");
            } catch (SQLException e) {
                if (!DUPLICATE_OBJECT.equals(e.getSQLState())) {
                    throw e;
                }
            }
            statement.execute(comment);
        }
    }
}
