package io.errand.broker.agent;

import io.errand.api.DepartedOwner;
import io.errand.api.OwnerDeparture;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Who is gone of those who answer for agents. Saying so changes the version of each of their agents: a grant that is under way is
 * committed before, or sees it.
 */
@Component
public class Owners {

    private static final int MAX_REASON = 1024;
    private final JdbcClient jdbc;
    private final AgentHistory history;
    private final Audit audit;
    private final RegistryVersion.Kept<String, Boolean> departed;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<KnownOwners> known;

    Owners(
            JdbcClient jdbc,
            AgentHistory history,
            Audit audit,
            RegistryVersion registryVersion,
            ObjectProvider<KnownOwners> known) {
        this.known = known;
        this.jdbc = jdbc;
        this.history = history;
        this.audit = audit;
        this.departed = registryVersion.kept();
    }

    boolean isGone(String owner) {
        String key = key(owner);
        return departed.get(
                        key,
                        () -> Optional.of(jdbc.sql("SELECT EXISTS (SELECT FROM departed_owner WHERE owner = :owner)")
                                .param("owner", key)
                                .query(Boolean.class)
                                .single()))
                .orElse(false);
    }

    /** Why they may not become an agent's owner; empty: they may. */
    Optional<Problem> refusal(String owner) {
        return isGone(owner)
                ? Optional.of(Problem.conflict("'" + owner
                                + "' is gone (`errand owners`); name somebody who answers for the agent, or say that they"
                                + " are back.")
                        .with("member", "owner"))
                : known.getObject().refusal(owner);
    }

    /** Those who answer for an agent that is not retired, and are not gone: as they are compared, to as an agent names them. */
    public Map<String, String> present() {
        Set<String> gone = Set.copyOf(
                jdbc.sql("SELECT owner FROM departed_owner").query(String.class).list());
        Map<String, String> present = new TreeMap<>();
        jdbc.sql("SELECT DISTINCT owner FROM agent WHERE state <> 'retired'").query(String.class).list().stream()
                .filter(owner -> !gone.contains(key(owner)))
                .forEach(owner -> present.putIfAbsent(key(owner), owner));
        return present;
    }

    /** How many are gone since so long ago by the word of whoever's name begins so. */
    public int goneSince(Duration ago, String whoBegins) {
        return jdbc.sql("""
                        SELECT count(*) FROM departed_owner
                         WHERE starts_with(who, :who) AND at > now() - make_interval(secs => :seconds)
                        """)
                .param("who", whoBegins)
                .param("seconds", ago.toSeconds())
                .query(Integer.class)
                .single();
    }

    @Transactional
    public Result<DepartedOwner> gone(OwnerDeparture asked, String who) {
        return checked(asked).then(owner -> {
            queueUp();
            boolean fresh = jdbc.sql("""
                            INSERT INTO departed_owner (owner, said, who, reason) VALUES (:owner, :said, :who, :reason)
                            ON CONFLICT DO NOTHING
                            """)
                            .param("owner", key(owner))
                            .param("said", owner)
                            .param("who", who)
                            .param("reason", asked.reason())
                            .update()
                    > 0;
            if (fresh) {
                each("agent.ownerless", owner, asked, who);
            }
            return Result.ok(found(owner).orElseThrow());
        });
    }

    @Transactional
    public Result<DepartedOwner> back(OwnerDeparture asked, String who) {
        return checked(asked).then(owner -> {
            queueUp();
            Optional<DepartedOwner> found = found(owner);
            if (found.isEmpty()) {
                return Result.refused(Problem.notFound("Nobody has said that '" + owner + "' is gone."));
            }
            jdbc.sql("DELETE FROM departed_owner WHERE owner = :owner")
                    .param("owner", key(owner))
                    .update();
            each("agent.owner_returned", owner, asked, who);
            return Result.ok(found.get());
        });
    }

    private static Result<String> checked(OwnerDeparture asked) {
        return new Members()
                .text("owner", asked.owner(), AgentChecks.MAX_OWNER_BYTES)
                .text("reason", asked.reason(), MAX_REASON)
                .then(() -> String.valueOf(asked.owner()));
    }

    /** As for every change of agents: they wait for each other, and who their owners are stays so until the transaction ends. */
    public void queueUp() {
        jdbc.sql("LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE").update();
    }

    private record Owned(UUID id, String name, String owner) {}

    /** Compared here: which letters are the same in another case, a database says by its own collation. */
    private List<Owned> owned(Set<String> keys) {
        return jdbc
                .sql("SELECT id, name, owner FROM agent WHERE state <> 'retired' ORDER BY name")
                .query(Owned.class)
                .list()
                .stream()
                .filter(agent -> keys.contains(key(agent.owner())))
                .toList();
    }

    private void each(String kind, String owner, OwnerDeparture asked, String who) {
        for (Owned agent : owned(Set.of(key(owner)))) {
            long version = jdbc.sql("UPDATE agent SET version = version + 1 WHERE id = :id RETURNING version")
                    .param("id", agent.id())
                    .query(Long.class)
                    .single();
            history.record(agent.id(), agent.name(), kind, owner, owner, new AgentHistory.By(who, asked.reason()));
            audit.record(AuditEvent.of(kind)
                    .by(who)
                    .agent(agent.name())
                    .with("owner", agent.owner())
                    .with("reason", asked.reason())
                    .with("new_version", version));
        }
    }

    private Optional<DepartedOwner> found(String owner) {
        return withAgents(jdbc.sql("SELECT * FROM departed_owner WHERE owner = :owner")
                        .param("owner", key(owner))
                        .query(Owners::read)
                        .list())
                .stream()
                .findFirst();
    }

    List<DepartedOwner> list(String after, int limit) {
        return withAgents(jdbc.sql("SELECT * FROM departed_owner WHERE owner > :after ORDER BY owner LIMIT :limit")
                .param("after", after)
                .param("limit", limit)
                .query(Owners::read)
                .list());
    }

    private List<DepartedOwner> withAgents(List<DepartedOwner> gone) {
        Map<String, List<String>> agents =
                owned(gone.stream().map(one -> key(one.owner())).collect(Collectors.toSet())).stream()
                        .collect(Collectors.groupingBy(
                                agent -> key(agent.owner()), Collectors.mapping(Owned::name, Collectors.toList())));
        return gone.stream()
                .map(one -> new DepartedOwner(
                        one.owner(),
                        one.who(),
                        one.reason(),
                        one.at(),
                        agents.getOrDefault(key(one.owner()), List.of())))
                .toList();
    }

    private static DepartedOwner read(ResultSet row, int n) throws SQLException {
        return new DepartedOwner(
                row.getString("said"),
                row.getString("who"),
                row.getString("reason"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                List.of());
    }

    /** What owners are compared by: letters' case does not matter. */
    public static String key(String owner) {
        return owner.toLowerCase(Locale.ROOT);
    }
}
