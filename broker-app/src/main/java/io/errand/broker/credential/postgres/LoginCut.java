package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.LoginRole.Membership;
import io.errand.broker.credential.postgres.LoginRole.Standing;
import io.errand.broker.credential.postgres.leftover.Quoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Takes all power from one login, whatever it has open: memberships, sessions, the right to log in, prepared transactions. It
 * waits for nobody but for a moment: a login that changed its own row in an open transaction holds that row until its session is
 * ended, which is why sessions end first; if the transaction is prepared, it is rolled back.
 */
final class LoginCut {

    /** How long the login's own row is waited for; its sessions have been told to end by then. */
    private static final Duration ROW = Duration.ofMillis(150);

    /** How long an ordinary login may take; what takes longer is dealt with beside the others. */
    private static final Duration AT_FIRST = Duration.ofMillis(150);

    /** How long one that resists may. */
    private static final Duration INSISTING = Duration.ofSeconds(3);

    private static final int DYING_MILLIS = 100;

    private final Target target;
    private final Connection connection;
    private final LoginRole role;
    private final Set<String> groups;
    private final boolean insists;
    private final Set<Long> ended = new LinkedHashSet<>();
    private int rolledBack;
    private @Nullable String problem;
    /** Statements that a role of more rights must run; each is of a membership that the broker may not take back. */
    private final Set<String> notRevoked = new LinkedHashSet<>();

    /**
     * @param groups the roles of the lease's binding
     * @param insists whether this login is known to resist: then it has more time, and other connections
     */
    LoginCut(Target target, Connection connection, LoginRole role, Set<String> groups, boolean insists) {
        this.target = target;
        this.connection = connection;
        this.role = role;
        this.groups = groups;
        this.insists = insists;
    }

    /** Their process ids. */
    Set<Long> sessionsEnded() {
        return ended;
    }

    int rolledBack() {
        return rolledBack;
    }

    /** Why the login is not powerless yet. */
    String problem() {
        return problem == null ? "it is not powerless yet" : problem;
    }

    /** What its standing is in the end; empty: it is not there any more. */
    Optional<Standing> cut(Standing before) throws SQLException {
        long giveUp = System.nanoTime() + (insists ? INSISTING : AT_FIRST).toNanos();
        Optional<Standing> now = Optional.of(before);
        if (!before.joined()) {
            String options = role.optionsOfGrants() ? " WITH INHERIT TRUE, SET TRUE" : "";
            attempt("join", "GRANT " + role.quoted() + " TO CURRENT_USER" + options);
        }
        if (before.powerless()) {
            return startedSessions(before);
        }
        boolean together = !insists;
        do {
            step(now.get(), together);
            together = false;
            now = role.standing();
            if (now.isPresent() && now.get().sessions() > 0) {
                end(DYING_MILLIS);
                now = role.standing();
            }
            if (now.isPresent() && now.get().prepared() > 0) {
                rollBack(PreparedTransaction.of(connection, role.name()));
                now = role.standing();
            }
        } while (now.isPresent() && !over(now.get()) && System.nanoTime() - giveUp < 0);
        return now.isEmpty() ? now : startedSessions(now.get());
    }

    /** What somebody else granted goes with the role itself, when that is dropped. */
    private boolean over(Standing now) {
        return now.powerless() || (now.unusable() && now.memberships().size() == notRevoked.size());
    }

    /** What keeps the memberships that are left. */
    Set<String> notRevoked() {
        return notRevoked;
    }

    /**
     * All in one message where nothing of the login's is prepared; if it fails, each by itself, so that nothing keeps the rest from
     * being done. Memberships go before whatever may wait: for the login's own row, or for a connection to another database.
     */
    private void step(Standing now, boolean together) throws SQLException {
        if (!together || now.prepared() > 0 || !attempt("cut", together(now))) {
            end(0);
            notRevoked.clear();
            for (Membership membership : now.memberships()) {
                if (!attempt("revoke a membership", revoke(membership))) {
                    notRevoked.add(revoke(membership) + ";");
                }
            }
            if (now.prepared() > 0) {
                // One of them may hold the login's own row.
                end(0);
                rollBack(PreparedTransaction.of(connection, role.name()));
            }
            forbidLogin();
        }
        end(0);
    }

    private String together(Standing now) throws SQLException {
        StringBuilder message = new StringBuilder(
                // Not in a condition: those are evaluated in whatever order, for whomever.
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = " + now.oid()
                        + "; ALTER ROLE " + role.quoted() + " NOLOGIN");
        for (Membership membership : now.memberships()) {
            message.append("; ").append(revoke(membership));
        }
        return BlockedStatements.waitingAtMost(ROW, message.toString());
    }

    private String revoke(Membership membership) throws SQLException {
        Quoting quoting = new Quoting(connection);
        String statement = "REVOKE " + quoting.identifier(membership.group()) + " FROM " + role.quoted();
        // Before 16 there is one membership, whoever granted it.
        return role.optionsOfGrants() && !membership.grantor().isEmpty()
                ? statement + " GRANTED BY " + quoting.identifier(membership.grantor())
                : statement;
    }

    private void forbidLogin() throws SQLException {
        String statement = "ALTER ROLE " + role.quoted() + " NOLOGIN";
        if (!insists) {
            attempt("forbid login", BlockedStatements.waitingAtMost(ROW, statement));
            return;
        }
        try (BlockedStatements insistent = new BlockedStatements(target, connection, role, groups, true)) {
            insistent.execute(statement);
            rolledBack += insistent.rolledBack();
        } catch (SQLException e) {
            problem = "forbid login: " + e.getMessage();
        }
    }

    private void rollBack(List<PreparedTransaction> transactions) {
        for (PreparedTransaction transaction : transactions) {
            try {
                transaction.rollBack(target);
                rolledBack++;
            } catch (SQLException e) {
                problem = "the prepared transaction '" + transaction.gid() + "' of " + transaction.owner()
                        + " in database " + transaction.database() + " cannot be rolled back: " + e.getMessage();
            }
        }
    }

    /** Whoever was let in just before logins were forbidden and is not to be seen yet. */
    private Optional<Standing> startedSessions(Standing standing) throws SQLException {
        Optional<Standing> now = Optional.of(standing);
        long giveUp = System.nanoTime() + AT_FIRST.toNanos();
        while (now.isPresent() && now.get().unusable() && now.get().starting() > 0 && System.nanoTime() - giveUp < 0) {
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
            now = role.standing();
        }
        if (now.isPresent() && now.get().sessions() > 0) {
            end(DYING_MILLIS);
            now = role.standing();
        }
        return now;
    }

    /** Tells every session to end and waits for each so long. */
    private void end(int millis) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT pid, CASE WHEN ? > 0 THEN pg_terminate_backend(pid, ?) ELSE pg_terminate_backend(pid) END
                  FROM pg_stat_activity WHERE usename = ?
                """)) {
            statement.setInt(1, millis);
            statement.setInt(2, Math.max(1, millis));
            statement.setString(3, role.name());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    ended.add(rows.getLong(1));
                }
            }
        } catch (SQLException e) {
            problem = "end the sessions: " + e.getMessage();
            throwIfBroken(e);
        }
    }

    private boolean attempt(String what, String message) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean rows = statement.execute(message);
            while (rows || statement.getUpdateCount() >= 0) {
                note(rows ? statement.getResultSet() : null);
                rows = statement.getMoreResults();
            }
            return true;
        } catch (SQLException e) {
            problem = what + ": " + e.getMessage();
            throwIfBroken(e);
            return false;
        }
    }

    /** The sessions that were told to end. */
    private void note(@Nullable ResultSet rows) throws SQLException {
        while (rows != null && rows.getMetaData().getColumnName(1).equals("pid") && rows.next()) {
            ended.add(rows.getLong(1));
        }
    }

    private void throwIfBroken(SQLException e) throws SQLException {
        if (connection.isClosed() || e.getSQLState() == null || e.getSQLState().startsWith("08")) {
            throw e;
        }
    }
}
