package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Deployment;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.credential.postgres.settings.GroupRoles;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Secret;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** A login role for each lease, named after it, in the group roles of its actions. */
@Component
class PostgresBackend implements Backend {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresBackend.class);

    /** SQLSTATE classes in which a server that answers has made nothing: the statement was rolled back. */
    private static final Set<String> NOTHING_MADE = Set.of("0A", "0L", "0P", "22", "25", "28", "42", "53", "54");

    /** What somebody at the server must change: a right that is missing, a group role that is gone, a grant that is not its to make. */
    private static final Set<String> DECIDED = Set.of("42501", "42704", "0LP01");

    /** SQLSTATE classes that speak of the server, whatever it was asked. */
    private static final Set<String> DOWN = Set.of("08", "28", "53", "58");

    private static final String DUPLICATE_OBJECT = "42710";

    private final Targets targets;
    private final Deployment deployment;
    private final RoleMark mark;
    private final SecureRandom random = new SecureRandom();

    PostgresBackend(Targets targets, ErrandProperties errand, Deployment deployment) {
        this.targets = targets;
        this.deployment = deployment;
        this.mark = new RoleMark(errand.issuer(), deployment::id);
    }

    @Override
    public String name() {
        return "postgres";
    }

    @Override
    public List<BindingProblem> check(ToolBinding toolBinding) {
        PostgresBinding.Reading reading = PostgresBinding.read(toolBinding);
        if (reading.toolBinding().isEmpty()) {
            return reading.problems();
        }
        PostgresBinding bound = reading.toolBinding().get();
        Optional<Target> target = targets.byName(bound.target());
        if (target.isEmpty()) {
            return List.of(new BindingProblem(
                    "target", "The service has no target '" + bound.target() + "' (errand.targets)."));
        }
        try (Connection connection = target.get().connect()) {
            return checkAt(connection, bound, target.get().settings());
        } catch (SQLException e) {
            return List.of(new BindingProblem(
                    "target", "The target '" + bound.target() + "' cannot be reached, so nothing can be checked."));
        }
    }

    private static List<BindingProblem> checkAt(
            Connection connection, PostgresBinding bound, TargetProperties.Target target) throws SQLException {
        List<BindingProblem> problems = new ArrayList<>();
        for (String text : GroupRoles.targetProblems(connection, target)) {
            problems.add(new BindingProblem("target", text));
        }
        for (Map.Entry<String, List<String>> entry : bound.roles().entrySet()) {
            String member = "roles." + entry.getKey();
            for (String group : entry.getValue()) {
                GroupRoles.problems(connection, group, target).stream()
                        .findFirst()
                        .ifPresent(text -> problems.add(new BindingProblem(member, text)));
            }
            if (!GroupRoles.mayConnect(connection, entry.getValue())) {
                problems.add(new BindingProblem(
                        member,
                        "None of these roles may connect to the database '" + connection.getCatalog()
                                + "': GRANT CONNECT ON DATABASE … TO one of them."));
            }
        }
        return problems;
    }

    /** By group roles that reach no more, where the tool has them. */
    @Override
    public Narrowing narrowing(
            ToolBinding toolBinding,
            List<String> actions,
            @Nullable List<String> datatypes,
            @Nullable List<String> locations) {
        if (locations != null) {
            return new Narrowing(
                    Narrowing.By.NOBODY,
                    "A login cannot be limited to some of a tool's locations; leave out locations.");
        }
        Optional<List<String>> named = Optional.ofNullable(datatypes);
        Optional<PostgresBinding> bound = PostgresBinding.read(toolBinding).toolBinding();
        return bound.flatMap(one -> one.groupsOf(actions, named)).isPresent()
                ? Narrowing.ENFORCED
                : new Narrowing(
                        Narrowing.By.NOBODY,
                        "A login for this tool cannot be limited to these datatypes: its config.roles has not all of "
                                + String.join(", ", PostgresBinding.members(actions, named))
                                + ". Leave out datatypes, or ask the tool's owner.");
    }

    @Override
    public Issuing issue(Order order, Recorder recorder) {
        Optional<PostgresBinding> bound =
                PostgresBinding.read(order.toolBinding()).toolBinding();
        Optional<Set<String>> groups = bound.flatMap(b -> b.groupsOf(order.actions(), order.datatypes()));
        Optional<Target> target = bound.flatMap(b -> targets.byName(b.target()));
        if (groups.isEmpty() || target.isEmpty()) {
            return new Issuing.Refused(
                    "The binding of '" + order.toolBinding().tool() + "' names no target or no roles.");
        }
        Secret password = Scram.password(random);
        String verifier = Scram.verifier(password, target.get().scramIterations(), random);
        try (Connection connection = target.get().connect()) {
            new LoginRole(connection, order.lease())
                    .create(
                            verifier,
                            target.get().connectionLimit(),
                            order.term().until(),
                            groups.get(),
                            mark.comment(order.task()));
        } catch (SQLException e) {
            return refusal(target.get(), e);
        }
        return issued(order, target.get(), password);
    }

    private static Issuing issued(Order order, Target target, Secret password) {
        String role = LoginRole.nameOf(order.lease());
        Map<String, Object> data;
        try {
            data = target.address();
        } catch (SQLException e) {
            return new Issuing.Unknown(cause(target, e), null);
        }
        data.put("username", role);
        data.put("password", password);
        data.put("jdbc_url", target.jdbcUrl());
        data.put("valid_until", order.term().until());
        return new Issuing.Issued(role, data, order.term().until());
    }

    /** A role of that name that stands already is not ours to judge: the lease's id is unique, so something is odd. */
    private static Issuing refusal(Target target, SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        boolean nothingMade =
                state.length() == 5 && NOTHING_MADE.contains(state.substring(0, 2)) && !state.equals(DUPLICATE_OBJECT);
        return nothingMade
                ? new Issuing.Refused(cause(target, e), DECIDED.contains(state))
                : new Issuing.Unknown(cause(target, e), null);
    }

    @Override
    public Use use(ToolBinding toolBinding, Map<String, Object> data) {
        Optional<Target> target = PostgresBinding.targetOf(toolBinding).flatMap(targets::byName);
        Secret password = (Secret) Objects.requireNonNull(data.get("password"));
        return target.isPresent()
                ? target.get().loginAs(String.valueOf(data.get("username")), password)
                : new Use.Failed("The service has no such target any more (errand.targets).");
    }

    @Override
    public Destruction destroy(Remains remains) {
        return destroy(remains, false);
    }

    @Override
    public Destruction insist(Remains remains) {
        return destroy(remains, true);
    }

    @Override
    public boolean forestalls(String target) {
        return true;
    }

    @Override
    public void forestall(String name, Collection<UUID> leases) {
        targets.byName(name).ifPresent(target -> target.firstCuts().take(leases, false));
    }

    private Destruction destroy(Remains remains, boolean insists) {
        Optional<Target> target =
                PostgresBinding.targetOf(remains.toolBinding()).flatMap(targets::byName);
        if (target.isEmpty()) {
            return new Destruction.Retry("The service has no such target any more (errand.targets).", null);
        }
        Set<String> groups = PostgresBinding.groupsNamedIn(remains.toolBinding());
        try (Connection connection = target.get().connect()) {
            LoginRole role = new LoginRole(connection, remains.lease());
            return new LoginRemoval(target.get(), connection, role, groups, insists).remove();
        } catch (SQLException e) {
            return new Destruction.Retry(cause(target.get(), e), null, isDown(e));
        } catch (RuntimeException e) {
            return new Destruction.Retry(target.get().name() + ": " + e, null);
        }
    }

    /** A role that was forbidden to log in stays so: only the end of its password moves. */
    @Override
    public Extension extend(Remains remains, Term term) {
        Optional<Target> target =
                PostgresBinding.targetOf(remains.toolBinding()).flatMap(targets::byName);
        if (target.isEmpty()) {
            return new Extension.Retry("The service has no such target any more (errand.targets).", null);
        }
        try (Connection connection = target.get().connect()) {
            new LoginRole(connection, remains.lease()).validUntil(term.until());
            return new Extension.Extended(term.until());
        } catch (SQLException e) {
            return new Extension.Retry(cause(target.get(), e), null);
        }
    }

    @Override
    public List<Listing> list() {
        List<Listing> listings = new ArrayList<>();
        for (Target target : targets.all()) {
            try (Connection connection = target.connect()) {
                Optional<UUID> foreign = DeploymentMark.foreign(connection, deployment);
                if (foreign.isPresent()) {
                    deployment.doubt(target.name(), foreign.get());
                } else {
                    DeploymentMark.renew(connection, target.name(), deployment);
                }
                listings.add(new Listing.Seen(target.name(), roles(connection, target.name())));
            } catch (SQLException e) {
                listings.add(new Listing.Unreachable(target.name(), cause(target, e)));
            }
        }
        return listings;
    }

    /** Another deployment's are not anybody's either, but that deployment's to tell of. */
    @Override
    public List<OtherLogins> otherLogins() {
        List<OtherLogins> all = new ArrayList<>();
        for (Target target : targets.all()) {
            try (Connection connection = target.connect()) {
                Set<String> made = LoginRole.all(connection).stream()
                        .filter(role -> mark.of(role.comment()) != RoleMark.Whose.NOBODYS)
                        .map(role -> LoginRole.nameOf(role.lease()))
                        .collect(Collectors.toSet());
                all.add(new OtherLogins(target.name(), LoginsOfOthers.of(connection, made::contains)));
            } catch (SQLException e) {
                LOG.warn("The logins of {} cannot be listed: {}", target.name(), cause(target, e));
            }
        }
        return all;
    }

    /** One statement for each target. */
    @Override
    public boolean listsOften() {
        return true;
    }

    @Override
    public Optional<String> verify(String name) {
        Optional<Target> target = targets.byName(name);
        if (target.isEmpty()) {
            return Optional.empty(); // destroying says so
        }
        try (Connection connection = target.get().connect()) {
            DeploymentMark.foreign(connection, deployment).ifPresent(nonce -> deployment.doubt(name, nonce));
            return Optional.empty();
        } catch (SQLException e) {
            return Optional.of(cause(target.get(), e));
        }
    }

    private List<Live> roles(Connection connection, String target) throws SQLException {
        List<Live> live = new ArrayList<>();
        for (LoginRole.Found role : LoginRole.all(connection)) {
            String name = LoginRole.nameOf(role.lease());
            switch (mark.of(role.comment())) {
                case OURS -> live.add(new Live(role.lease(), target, name, name, true));
                case NOBODYS -> live.add(new Live(role.lease(), target, name, name, false));
                case ANOTHERS -> {}
            }
        }
        return live;
    }

    /** Whether the server, not the statement, is what failed: connection, resources, shutdown, system. */
    static boolean isDown(SQLException e) {
        String state = e.getSQLState() == null ? "08" : e.getSQLState();
        return e instanceof SQLTransientConnectionException
                || DOWN.contains(state.substring(0, Math.min(2, state.length())))
                || state.startsWith("57P");
    }

    static String cause(Target target, SQLException e) {
        return target.name() + ": " + e.getMessage() + " (SQLSTATE " + e.getSQLState() + ")";
    }
}
