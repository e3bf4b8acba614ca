package io.errand.broker.credential.mariadb;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.TargetObserver;
import io.errand.broker.credential.ToolBinding;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/** Locks the accounts of a lease, ends their sessions, drops them, and looks in {@code mysql.user} and the process list. */
@Component
class MariaDbObserver implements TargetObserver, DisposableBean {

    /** How long a session that was told to end may take. */
    private static final Duration DYING = Duration.ofMillis(500);

    private static final String PREPARED = "prepared_transactions";

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    private final Map<String, MariaDbServer> servers = new TreeMap<>();

    MariaDbObserver(MariaDbProperties properties) {
        properties.mariadbTargets().forEach((name, settings) -> servers.put(name, new MariaDbServer(name, settings)));
    }

    @Override
    public Set<String> targets() {
        return servers.keySet();
    }

    @Override
    public List<BindingProblem> check(String target) {
        try (Connection connection = server(target).connect()) {
            List<BindingProblem> problems = new ArrayList<>();
            for (List<String> one : List.of(
                    List.of("CREATE USER"),
                    List.of("PROCESS"),
                    List.of("CONNECTION ADMIN", "CONNECTION_ADMIN", "SUPER"))) {
                if (!holdsAny(connection, one)) {
                    problems.add(new BindingProblem(
                            ToolBinding.OBSERVE,
                            "The broker's login at '" + target + "' lacks " + one.getFirst() + "."));
                }
            }
            new Accounts(connection, new UUID(0, 0)).all(); // fails where mysql.user cannot be read
            return problems;
        } catch (SQLException e) {
            return List.of(new BindingProblem(
                    ToolBinding.OBSERVE,
                    "The target '" + target + "' cannot be looked at: " + e.getMessage(),
                    isDown(e)));
        }
    }

    private static boolean holdsAny(Connection connection, List<String> privileges) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT count(*) FROM information_schema.user_privileges
                 WHERE grantee = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''',
                                        SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')
                   AND privilege_type IN (?, ?, ?)
                """)) {
            for (int i = 0; i < 3; i++) {
                statement.setString(i + 1, privileges.get(Math.min(i, privileges.size() - 1)));
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getLong(1) > 0;
            }
        }
    }

    @Override
    public Destruction destroy(String target, UUID lease, boolean insists) {
        try (Connection connection = server(target).connect()) {
            Accounts accounts = new Accounts(connection, lease);
            end(accounts);
            Map<String, Object> prepared = prepared(connection, server(target).rollsBack());
            return looked(target, accounts, prepared);
        } catch (SQLException e) {
            return new Destruction.Retry(
                    target + ": " + e.getMessage() + " (SQLSTATE " + e.getSQLState() + ")", null, isDown(e));
        }
    }

    /** Sessions first, so that none of them holds up what comes then; and again, for what slipped in before the lock. */
    private static void end(Accounts accounts) throws SQLException {
        accounts.endSessions();
        List<Accounts.Account> found = accounts.all();
        for (Accounts.Account account : found) {
            accounts.lock(account);
        }
        long giveUp = System.nanoTime() + DYING.toNanos();
        while (!accounts.endSessions().isEmpty() && System.nanoTime() - giveUp < 0) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
        for (Accounts.Account account : found) {
            accounts.drop(account);
        }
    }

    /** After its sessions have ended: what one of them had prepared is nobody's then. */
    private static Map<String, Object> prepared(Connection connection, boolean rollsBack) throws SQLException {
        XaTransactions transactions = new XaTransactions(connection);
        try {
            XaTransactions.Seen seen = rollsBack ? transactions.rollBack() : transactions.look();
            return seen.rolledBack() == 0
                    ? Map.of(PREPARED, seen.standing())
                    : Map.of(PREPARED, seen.standing(), "prepared_transactions_rolled_back", seen.rolledBack());
        } catch (SQLException e) {
            if (isDown(e)) {
                throw e;
            }
            return Map.of(PREPARED, "not_looked_at"); // MySQL wants a privilege for it
        }
    }

    private static Destruction looked(String target, Accounts accounts, Map<String, Object> prepared)
            throws SQLException {
        List<Accounts.Account> left = accounts.all();
        List<Long> sessions = accounts.sessions();
        if (!left.isEmpty() || !sessions.isEmpty()) {
            return new Destruction.Retry(
                    target + ": " + left.size() + " accounts and " + sessions.size() + " sessions are still to be seen",
                    null);
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("accounts", "absent");
        facts.put("sessions", 0);
        facts.put("sessions_ended", accounts.sessionsEnded());
        List<String> defined = accounts.definedObjects();
        if (!defined.isEmpty()) {
            facts.put("defined_by_it", defined);
        }
        facts.putAll(prepared);
        facts.put("checked_at", accounts.now());
        return new Destruction.Gone(
                "absent", "No account carries the lease's id, and no session of one is open. " + said(prepared), facts);
    }

    private static String said(Map<String, Object> prepared) {
        return switch (prepared.get(PREPARED)) {
            case Integer none when none == 0 -> "No prepared XA transaction is there.";
            case Integer some ->
                "Prepared XA transactions are there, " + some
                        + " of them; they name no user, and whether the credential left one is not known.";
            case null, default -> "Nobody looked for prepared XA transactions.";
        };
    }

    private MariaDbServer server(String target) {
        return Objects.requireNonNull(servers.get(target), "not one of this observer's targets");
    }

    private static boolean isDown(SQLException e) {
        return e.getSQLState() == null || e.getSQLState().startsWith("08");
    }

    @Override
    public void destroy() {
        servers.values().forEach(MariaDbServer::close);
    }
}
