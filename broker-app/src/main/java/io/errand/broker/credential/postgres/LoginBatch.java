package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.LoginRole.Membership;
import io.errand.broker.credential.postgres.leftover.Quoting;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes the power from many logins in a few round trips, before each is dealt with by itself: where many end at once the last does
 * not go on working until its turn. Sessions and memberships go first, with one commit for all: no login can hold up the loss of
 * its memberships. Then logins are forbidden; those that hold their own row come after the others, and those that go on holding it
 * are left to their turn.
 */
final class LoginBatch {

    /** For all of them together. */
    private static final Duration WAIT = Duration.ofMillis(100);

    /** For one that held something a moment ago: its sessions are told to end by the same message. */
    private static final Duration BRIEFLY = Duration.ofMillis(100);

    /** What those that resist may take of the others' time. */
    private static final Duration ALL_OF_THEM = Duration.ofMillis(500);

    /** How often those that hold nothing are forbidden together: one may begin to hold its row meanwhile. */
    private static final int TOGETHER = 3;

    private static final String STANDING = """
            SELECT r.rolname, r.rolcanlogin,
                   r.oid IN (SELECT usesysid FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND usesysid IS NOT NULL),
                   r.rolname IN (SELECT owner FROM pg_prepared_xacts),
                   ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                          WHERE m.member = r.oid ORDER BY m.roleid, m.grantor),
                   ARRAY(SELECT coalesce(g.rolname::text, '') FROM pg_auth_members m
                           LEFT JOIN pg_roles g ON g.oid = m.grantor
                          WHERE m.member = r.oid ORDER BY m.roleid, m.grantor)
              FROM pg_roles r WHERE r.rolname = ANY (?) ORDER BY r.rolname
            """;

    private final Target target;
    private final Connection connection;
    private final Quoting quoting;
    private final Array names;

    LoginBatch(Target target, Connection connection, Collection<String> names) throws SQLException {
        this.target = target;
        this.connection = connection;
        this.quoting = new Quoting(connection);
        this.names = connection.createArrayOf("text", names.toArray());
    }

    /**
     * @param allowed whether it may log in
     * @param holds whether it has written something in an open transaction, perhaps its own row
     */
    private record Login(String name, boolean allowed, boolean holds, boolean prepared, List<Membership> memberships) {}

    /** Answers those that may still log in: something of theirs holds, or held, their own rows. */
    Set<String> cut() throws SQLException {
        List<Login> logins = endSessionsOf();
        revokeMemberships(logins);
        boolean together = forbidTogether(logins);
        logins = endSessionsOf();
        for (int i = 1; i < TOGETHER && !together; i++) {
            together = forbidTogether(logins);
            logins = endSessionsOf();
        }
        return logins.stream().filter(Login::allowed).map(Login::name).collect(Collectors.toSet());
    }

    /** The same for those that {@link #cut} has left: their sessions are ended by now. */
    void insist() throws SQLException {
        for (PreparedTransaction one :
                PreparedTransaction.rollBackAll(target, PreparedTransaction.ofLogins(connection, names))) {
            target.progress(one.owner()).rolledBack(1);
        }
        long giveUp = System.nanoTime() + ALL_OF_THEM.toNanos();
        for (Login login : endSessionsOf()) {
            if (login.allowed && System.nanoTime() - giveUp < 0) {
                attempt(
                        BRIEFLY,
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = "
                                + quoting.literal(login.name) + "; " + noLogin(login));
            }
        }
        endSessionsOf();
    }

    /**
     * Tells every session of theirs to end, and answers how they stand, in one round trip. A session that is not the broker's to end
     * keeps nothing else from being done; its login's turn says why.
     */
    private List<Login> endSessionsOf() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT usename, pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY (?); "
                        + STANDING)) {
            statement.setArray(1, names);
            statement.setArray(2, names);
            statement.execute();
            try (ResultSet ended = statement.getResultSet()) {
                while (ended.next()) {
                    target.progress(ended.getString(1)).ended(Set.of(ended.getLong(2)));
                }
            }
            statement.getMoreResults();
            try (ResultSet rows = statement.getResultSet()) {
                return read(rows);
            }
        } catch (SQLException e) {
            throwIfBroken(e);
            return logins();
        }
    }

    private List<Login> logins() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(STANDING)) {
            statement.setArray(1, names);
            try (ResultSet rows = statement.executeQuery()) {
                return read(rows);
            }
        }
    }

    private static List<Login> read(ResultSet rows) throws SQLException {
        List<Login> logins = new ArrayList<>();
        while (rows.next()) {
            logins.add(new Login(
                    rows.getString(1),
                    rows.getBoolean(2),
                    rows.getBoolean(3),
                    rows.getBoolean(4),
                    LoginRole.memberships(rows.getArray(5), rows.getArray(6))));
        }
        return logins;
    }

    /** One commit for all; where that fails, one for each group, so that nothing keeps the rest from being done. */
    private void revokeMemberships(List<Login> logins) throws SQLException {
        List<String> revocations = revocations(logins);
        if (revocations.isEmpty() || attempt(WAIT, String.join("; ", revocations))) {
            return;
        }
        // One of them may have been dropped meanwhile: then a statement that names it fails.
        for (String revocation : revocations(logins())) {
            attempt(WAIT, revocation);
        }
    }

    /** A statement for each group and grantor, whatever the number of logins. */
    private List<String> revocations(List<Login> logins) throws SQLException {
        boolean grantors = quoting.isServerAtLeast(LoginRole.GRANT_OPTIONS_SINCE);
        Map<Membership, List<String>> members = new LinkedHashMap<>();
        for (Login login : logins) {
            for (Membership one : login.memberships) {
                // Before 16 there is one membership, whoever granted it.
                Membership same = grantors ? one : new Membership(one.group(), "");
                members.computeIfAbsent(same, group -> new ArrayList<>()).add(quoting.identifier(login.name));
            }
        }
        List<String> statements = new ArrayList<>();
        for (Map.Entry<Membership, List<String>> entry : members.entrySet()) {
            String grantor = entry.getKey().grantor();
            statements.add("REVOKE " + quoting.identifier(entry.getKey().group()) + " FROM "
                    + String.join(", ", entry.getValue())
                    + (grantor.isEmpty() ? "" : " GRANTED BY " + quoting.identifier(grantor)));
        }
        return statements;
    }

    /** False: one of them holds its row by now, so none is forbidden. */
    private boolean forbidTogether(List<Login> logins) throws SQLException {
        List<String> all = new ArrayList<>();
        for (Login login : logins) {
            if (login.allowed && !login.holds && !login.prepared) {
                all.add(noLogin(login));
            }
        }
        return all.isEmpty() || attempt(WAIT, String.join("; ", all));
    }

    private String noLogin(Login login) throws SQLException {
        return "ALTER ROLE " + quoting.identifier(login.name) + " NOLOGIN";
    }

    /** One message, one transaction. False: the server refused it, and nothing of it is done but that sessions were told to end. */
    private boolean attempt(Duration wait, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(BlockedStatements.waitingAtMost(wait, sql));
            return true;
        } catch (SQLException e) {
            throwIfBroken(e);
            return false;
        }
    }

    private void throwIfBroken(SQLException e) throws SQLException {
        if (connection.isClosed() || e.getSQLState() == null || e.getSQLState().startsWith("08")) {
            throw e;
        }
    }
}
