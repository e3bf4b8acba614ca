package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.TargetObserver;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.postgres.settings.GroupRoles;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Ends logins that somebody else made at a target, found by their names, in the way in which the broker's own end. */
@Component
class PostgresObserver implements TargetObserver {

    private final Targets targets;

    PostgresObserver(Targets targets) {
        this.targets = targets;
    }

    @Override
    public Set<String> targets() {
        return targets.all().stream().map(Target::name).collect(Collectors.toSet());
    }

    @Override
    public List<BindingProblem> check(String name) {
        Optional<Target> target = targets.byName(name);
        if (target.isEmpty()) {
            return List.of(new BindingProblem(ToolBinding.OBSERVE, "The service has no target '" + name + "'."));
        }
        try (Connection connection = target.get().connect()) {
            List<BindingProblem> problems = new ArrayList<>();
            for (String text :
                    GroupRoles.targetProblems(connection, target.get().settings())) {
                problems.add(new BindingProblem(ToolBinding.OBSERVE, text));
            }
            return problems;
        } catch (SQLException e) {
            return List.of(new BindingProblem(
                    ToolBinding.OBSERVE,
                    "The target '" + name + "' cannot be reached, so nothing can be checked.",
                    true));
        }
    }

    @Override
    public boolean forestalls(String name) {
        return true;
    }

    @Override
    public void forestall(String name, Collection<UUID> leases) {
        targets.byName(name).ifPresent(target -> target.firstCuts().take(leases, true));
    }

    @Override
    public Destruction destroy(String name, UUID lease, boolean insists) {
        Optional<Target> target = targets.byName(name);
        if (target.isEmpty()) {
            return new Destruction.Retry("The service has no such target any more (errand.targets).", null);
        }
        try (Connection connection = target.get().connect()) {
            List<String> roles = LoginRole.carrying(connection, lease);
            if (roles.isEmpty()) {
                return absent(target.get(), connection, lease);
            }
            Destruction end = new Destruction.Retry("nothing was tried", null);
            for (String role : roles) {
                end = new LoginRemoval(target.get(), connection, new LoginRole(connection, role), Set.of(), insists)
                        .remove();
                if (!(end instanceof Destruction.Gone)) {
                    return end;
                }
            }
            return end;
        } catch (SQLException e) {
            return new Destruction.Retry(PostgresBackend.cause(target.get(), e), null, PostgresBackend.isDown(e));
        } catch (RuntimeException e) {
            return new Destruction.Retry(target.get().name() + ": " + e, null);
        }
    }

    /**
     * Whoever made it has dropped it already. A session that it left bears no name any more: any of a role that is gone is ended, and
     * while one is open nobody can say that it is not this lease's.
     */
    private static Destruction absent(Target target, Connection connection, UUID lease) throws SQLException {
        long nameless = endNameless(connection);
        if (nameless > 0) {
            return new Destruction.Retry(
                    target.name() + ": " + nameless
                            + " sessions of roles that are dropped are open, and one may be this credential's",
                    null);
        }
        Standbys.Seen elsewhere = target.standbys().lookFor(connection, lease);
        if (elsewhere.missing().isPresent()) {
            return new Destruction.Retry(
                    target.name() + ": " + elsewhere.missing().get(), null);
        }
        LoginRole.Sight sight = new LoginRole(connection, lease).look(0);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("catalogue", "absent");
        facts.put("sessions", 0);
        facts.put("database", sight.database());
        facts.put("checked_at", sight.at());
        if (!elsewhere.facts().isEmpty()) {
            facts.put("standbys", elsewhere.facts());
        }
        return new Destruction.Gone(
                "absent",
                "No role in the target's catalogue carries the lease's id, and no session of a dropped role is open.",
                facts);
    }

    /** How many are left. */
    private static long endNameless(Connection connection) throws SQLException {
        String nameless = " FROM pg_stat_activity WHERE usesysid IS NOT NULL AND usename IS NULL";
        try (Statement statement = connection.createStatement()) {
            if (count(statement, "SELECT count(*)" + nameless) == 0) {
                return 0;
            }
            statement.execute("SELECT pg_terminate_backend(pid, 250)" + nameless);
            return count(statement, "SELECT count(*)" + nameless);
        }
    }

    private static long count(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
