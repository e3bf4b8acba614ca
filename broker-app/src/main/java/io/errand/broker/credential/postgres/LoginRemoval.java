package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.postgres.LoginRole.Sight;
import io.errand.broker.credential.postgres.LoginRole.Standing;
import io.errand.broker.credential.postgres.leftover.HeirRole;
import io.errand.broker.credential.postgres.leftover.OwnedObjects;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The end of one login: its power goes first ({@link LoginCut}), then what it owns is put away, then it is dropped, then looked
 * for. Where something keeps it from being dropped it ends as {@code disabled}, which is seen as well.
 */
final class LoginRemoval {

    /** What takes longer to put away is dealt with beside the others. */
    private static final int MANY = 100;

    private static final String DEPENDENT_OBJECTS_STILL_EXIST = "2BP01";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String DIVISION_BY_ZERO = "22012";
    private static final String UNDEFINED_OBJECT = "42704";

    private final Target target;
    private final Connection connection;
    private final LoginRole role;
    private final Set<String> groups;
    private final boolean insists;
    private final RemovalProgress progress;

    LoginRemoval(Target target, Connection connection, LoginRole role, Set<String> groups, boolean insists) {
        this.target = target;
        this.connection = connection;
        this.role = role;
        this.groups = groups;
        this.insists = insists;
        this.progress = target.progress(role.name());
    }

    /** Why it is not dropped, and whether that may pass by itself. */
    private record Kept(String cause, String remedy, boolean passing) {}

    Destruction remove() throws SQLException {
        Destruction end = tried();
        if (end instanceof Destruction.Gone || end instanceof Destruction.Disabled) {
            target.removed(role.name());
        }
        return end;
    }

    private Destruction tried() throws SQLException {
        Optional<Standing> before = role.standing();
        if (before.isEmpty()) {
            return looked(0, null);
        }
        role.stopOwnStatements();
        LoginCut cut = new LoginCut(target, connection, role, groups, insists);
        Optional<Standing> after = cut.cut(before.get());
        progress.cut(cut);
        long oid = before.get().oid();
        if (after.isPresent() && !after.get().unusable()) {
            return new Destruction.Resists(target.name() + ": " + role.name() + " is not ended: "
                    + after.get().what() + "; " + cut.problem());
        }
        Standbys.Seen ended = target.standbys().end(connection, role.name(), oid);
        if (ended.missing().isPresent()) {
            return retry(ended.missing().get());
        }
        if (after.isPresent() && !insists && OwnedObjects.count(connection, oid) > MANY) {
            return new Destruction.Resists(target.name() + ": " + role.name() + " owns more than " + MANY + " objects");
        }
        // What it is in by somebody else's grant goes with it.
        Kept kept = after.isEmpty() ? null : drop(oid);
        if (kept != null && kept.passing() && !insists) {
            return new Destruction.Resists(target.name() + ": " + role.name() + " is not dropped: " + kept.cause());
        }
        if (kept != null && !after.get().memberships().isEmpty()) {
            return retry(role.name()
                    + " is in roles by grants that are not the broker's to take back, and cannot be dropped: "
                    + String.join(" ", cut.notRevoked()) + " " + kept.cause());
        }
        return looked(oid, kept);
    }

    /** Null: it is dropped, and no session of it was open then. */
    private @Nullable Kept drop(long oid) throws SQLException {
        try {
            dropRole(oid);
            return null;
        } catch (SQLException e) {
            if (!DEPENDENT_OBJECTS_STILL_EXIST.equals(e.getSQLState())) {
                return kept(e, "DROP ROLE " + role.quoted() + ";");
            }
        }
        List<Kept> problems = putAway(oid);
        try {
            dropRole(oid);
            return null;
        } catch (SQLException e) {
            problems.add(kept(e, remedy(target.database())));
            return new Kept(
                    String.join(
                            "; ", problems.stream().map(Kept::cause).distinct().toList()),
                    String.join(
                                    " ",
                                    problems.stream()
                                            .map(Kept::remedy)
                                            .distinct()
                                            .toList()) + " Then: DROP ROLE " + role.quoted() + ";",
                    problems.stream().anyMatch(Kept::passing));
        }
    }

    /** A division by zero takes the drop back where a session is left: one message, one transaction. */
    private void dropRole(long oid) throws SQLException {
        String sql = "DROP ROLE " + role.quoted() + "; SELECT 1 / (CASE count(*) WHEN 0 THEN 1 ELSE 0 END)" + " FROM "
                + LoginRole.BACKENDS + " WHERE " + LoginRole.USER + " = " + oid;
        if (insists) {
            try (BlockedStatements statements = new BlockedStatements(target, connection, role, groups, true)) {
                statements.execute(sql);
            }
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(BlockedStatements.waitingAtMost(BlockedStatements.ORDINARY, sql));
        }
    }

    private Kept kept(SQLException e, String remedy) {
        String state = String.valueOf(e.getSQLState());
        boolean passing = state.equals(BlockedStatements.LOCK_NOT_AVAILABLE)
                || state.equals(DIVISION_BY_ZERO)
                || state.equals(UNDEFINED_OBJECT)
                || state.startsWith("40")
                || state.startsWith("08")
                || state.startsWith("57");
        return new Kept(e.getMessage() + " (SQLSTATE " + state + ")", remedy, passing);
    }

    /** In every database that the catalogue names; what is kept in one does not keep the others. */
    private List<Kept> putAway(long oid) throws SQLException {
        List<Kept> problems = new ArrayList<>();
        String heir = target.reassignTo() == null ? HeirRole.DATA : target.reassignTo();
        boolean quarantine = target.leftovers() == TargetProperties.Leftovers.QUARANTINE;
        try {
            if (target.reassignTo() == null) {
                HeirRole.ensure(connection, HeirRole.DATA);
            }
            HeirRole.ensure(connection, HeirRole.QUARANTINE);
        } catch (SQLException e) {
            problems.add(kept(e, remedy(target.database())));
            return problems;
        }
        for (String database : Leftovers.databases(connection, oid)) {
            try (Connection there = target.connect(database)) {
                putAway(there, oid, heir, quarantine);
            } catch (SQLException e) {
                Kept kept = kept(e, remedy(database));
                problems.add(new Kept("database " + database + ": " + kept.cause(), kept.remedy(), kept.passing()));
            }
        }
        return problems;
    }

    private void putAway(Connection there, long oid, String heir, boolean quarantine) throws SQLException {
        there.setAutoCommit(false);
        try {
            commit(there, oid, heir, quarantine, Set.of());
        } catch (SQLException e) {
            if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw e;
            }
            commit(there, oid, heir, quarantine, groups);
        }
    }

    /** So many objects in each transaction that a server's table of locks has room for them. */
    private void commit(Connection there, long oid, String heir, boolean quarantine, Set<String> lent)
            throws SQLException {
        boolean finished = false;
        while (!finished) {
            try (BlockedStatements statements = new BlockedStatements(target, there, role, groups, insists)) {
                Leftovers some = new Leftovers(there, role, oid, statements, heir, quarantine);
                finished = some.putAway(lent);
                there.commit();
                progress.putAway(some.all());
            } catch (SQLException e) {
                there.rollback();
                throw e;
            }
        }
    }

    private String remedy(String database) {
        return "In database " + database + ", as a superuser: REASSIGN OWNED BY " + role.quoted() + " TO "
                + HeirRole.DATA + "; DROP OWNED BY " + role.quoted() + ";";
    }

    /** Looks, at the primary and everywhere else. */
    private Destruction looked(long oid, @Nullable Kept kept) throws SQLException {
        if (role.stopOwnStatements()) {
            return new Destruction.Resists(target.name() + ": " + role.name() + " was still being made or changed");
        }
        Sight sight = role.look(oid);
        if (sight.sessions() > 0 || sight.prepared() > 0 || (sight.inCatalogue() && kept == null)) {
            return new Destruction.Resists(target.name() + ": " + role.name() + " is still to be seen");
        }
        Standbys.Seen elsewhere = target.standbys().look(connection, role.name(), oid, kept == null);
        if (elsewhere.missing().isPresent()) {
            return retry(elsewhere.missing().get());
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("role", role.name());
        facts.put("catalogue", kept == null ? "absent" : "disabled");
        facts.put("sessions", 0);
        facts.putAll(progress.facts());
        facts.put("database", sight.database());
        facts.put("checked_at", sight.at());
        if (!role.optionsOfGrants()) {
            facts.put("not_looked_at", NOT_LOOKED_AT);
        }
        if (!elsewhere.facts().isEmpty()) {
            facts.put("standbys", elsewhere.facts());
        }
        if (kept == null) {
            return new Destruction.Gone(
                    "absent", "The role is not in the target's catalogue, and no session of it is open.", facts);
        }
        return disabled(kept, facts);
    }

    private static final String NOT_LOOKED_AT =
            "Objects that were made after SET ROLE belong to the group role; before PostgreSQL 16 that cannot be prevented.";

    /** Looked at once more: that it could not be dropped must not mean that it can be used. */
    private Destruction disabled(Kept kept, Map<String, Object> facts) throws SQLException {
        Optional<Standing> standing = role.standing();
        if (standing.isEmpty() || !standing.get().powerless()) {
            return new Destruction.Resists(target.name() + ": " + role.name() + " is not ended yet");
        }
        return new Destruction.Disabled(
                target.name() + ": " + role.name() + " cannot be dropped: " + kept.cause(),
                kept.remedy(),
                kept.passing(),
                "The role cannot log in, is in no other role, and has no session and no prepared transaction;"
                        + " something that is not the broker's to remove keeps it from being dropped.",
                facts);
    }

    private Destruction retry(String cause) {
        return new Destruction.Retry(target.name() + ": " + cause, null);
    }
}
