package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.api.AgentResource.ToolGrant;
import io.errand.api.Json;
import io.errand.api.OwnerLimits;
import io.errand.api.OwnerLimitsView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;

/** How many agents an owner has, how many leases these can have live, and what none of them goes beyond. */
@Component
class LimitsOfOwners {

    private static final int MAX_REASON = 1024;
    private static final TypeReference<List<ToolGrant>> TOOLS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final Audit audit;

    LimitsOfOwners(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /** Sets them, or takes them away. What the owner's agents have already must be within. */
    @Transactional
    public Result<OwnerLimitsView> set(OwnerLimits asked, String who) {
        Members members = new Members()
                .text("owner", asked.owner(), AgentChecks.MAX_OWNER_BYTES)
                .number("max_agents", asked.maxAgents(), 0, 1_000_000)
                .number("max_live_leases", asked.maxLiveLeases(), 0, 100_000_000)
                .text("reason", asked.reason(), MAX_REASON);
        AgentChecks.tools(members, asked.tools());
        return members.then(() -> String.valueOf(asked.owner())).then(owner -> {
            // As for every change of an agent: what is counted here stays so.
            jdbc.sql("LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE").update();
            Owned owned = owned(owner, "");
            Optional<Problem> exceeded = owned.refusal(asked, owner);
            if (exceeded.isPresent()) {
                return Result.refused(exceeded.get());
            }
            write(asked, owner, who);
            audit.record(AuditEvent.of("agent.owner_limited")
                    .by(who)
                    .with("owner", owner)
                    .with("reason", asked.reason())
                    .with("max_agents", asked.maxAgents())
                    .with("max_live_leases", asked.maxLiveLeases())
                    .with("ceiling", asked.tools()));
            return Result.ok(find(owner)
                    .orElseGet(() -> new OwnerLimitsView(
                            owner,
                            null,
                            null,
                            null,
                            owned.agents.size(),
                            owned.leases(),
                            who,
                            String.valueOf(asked.reason()),
                            now())));
        });
    }

    private void write(OwnerLimits asked, String owner, String who) {
        if (asked.maxAgents() == null && asked.maxLiveLeases() == null && asked.tools() == null) {
            jdbc.sql("DELETE FROM owner_limit WHERE owner = :owner")
                    .param("owner", Owners.key(owner))
                    .update();
            return;
        }
        jdbc.sql("""
                        INSERT INTO owner_limit (owner, said, max_agents, max_live_leases, tools, who, reason)
                        VALUES (:owner, :said, :agents, :leases, :tools::jsonb, :who, :reason)
                        ON CONFLICT (owner) DO UPDATE
                           SET said = excluded.said, max_agents = excluded.max_agents, max_live_leases = excluded.max_live_leases,
                               tools = excluded.tools, who = excluded.who, reason = excluded.reason, at = now()
                        """)
                .param("owner", Owners.key(owner))
                .param("said", owner)
                .param("agents", asked.maxAgents(), Types.INTEGER)
                .param("leases", asked.maxLiveLeases(), Types.INTEGER)
                .param(
                        "tools",
                        asked.tools() == null ? null : Json.mapper().writeValueAsString(asked.tools()),
                        Types.VARCHAR)
                .param("who", who)
                .param("reason", asked.reason())
                .update();
    }

    /**
     * Why an agent may not be registered or become this; empty: it may. What it was already it may stay, whatever the limits are.
     *
     * @param before null: it is new
     */
    Optional<Problem> refusal(AgentResource agent, @Nullable AgentResource before) {
        String owner = String.valueOf(agent.owner());
        if (AgentState.RETIRED.equals(agent.state())
                || (before != null
                        && Owners.key(String.valueOf(before.owner())).equals(Owners.key(owner))
                        && Objects.equals(agent.tools(), before.tools())
                        && Objects.equals(agent.maxLiveLeases(), before.maxLiveLeases()))) {
            return Optional.empty();
        }
        return limits(owner)
                .flatMap(limits ->
                        owned(owner, String.valueOf(agent.name())).with(agent).refusal(limits, owner));
    }

    private Optional<OwnerLimits> limits(String owner) {
        return jdbc.sql("SELECT * FROM owner_limit WHERE owner = :owner")
                .param("owner", Owners.key(owner))
                .query((row, n) -> new OwnerLimits(
                        row.getString("said"),
                        row.getObject("max_agents", Integer.class),
                        row.getObject("max_live_leases", Integer.class),
                        tools(row),
                        row.getString("reason")))
                .optional();
    }

    private static @Nullable List<ToolGrant> tools(ResultSet row) throws SQLException {
        String tools = row.getString("tools");
        return tools == null ? null : Json.mapper().readValue(tools, TOOLS);
    }

    /** Agents of one owner that are not retired. */
    private record Owned(List<AgentResource> agents) {

        Owned with(AgentResource one) {
            return new Owned(Stream.concat(agents.stream(), Stream.of(one)).toList());
        }

        long leases() {
            return agents.stream()
                    .mapToLong(agent -> Objects.requireNonNullElse(agent.maxLiveLeases(), 0))
                    .sum();
        }

        Optional<Problem> refusal(OwnerLimits limits, String owner) {
            if (limits.maxAgents() != null && agents.size() > limits.maxAgents()) {
                return conflict(
                        "owner",
                        "'" + owner + "' may have " + limits.maxAgents() + " agents, and this makes " + agents.size());
            }
            if (limits.maxLiveLeases() != null && leases() > limits.maxLiveLeases()) {
                return conflict(
                        "max_live_leases",
                        "The agents of '" + owner + "' may have " + limits.maxLiveLeases()
                                + " live leases together, and by their max_live_leases this makes " + leases());
            }
            return limits.tools() == null
                    ? Optional.empty()
                    : agents.stream()
                            .flatMap(agent -> beyond(agent, limits.tools()).stream()
                                    .map(what -> agent.name() + " would have " + what))
                            .findFirst()
                            .flatMap(what -> conflict(
                                    "tools",
                                    "No agent of '" + owner + "' may go beyond the ceiling of its" + " owner, and "
                                            + what));
        }

        private static Optional<String> beyond(AgentResource agent, List<ToolGrant> ceiling) {
            return Objects.requireNonNullElse(agent.tools(), List.<ToolGrant>of()).stream()
                    .flatMap(grant -> grant.actions().stream()
                            .filter(action -> !allowed(ceiling, grant.tool()).contains(action))
                            .map(action -> grant.tool() + ":" + action))
                    .findFirst();
        }

        private static Set<String> allowed(List<ToolGrant> ceiling, String tool) {
            return ceiling.stream()
                    .filter(grant -> grant.tool().equals(tool))
                    .findFirst()
                    .map(grant -> Set.copyOf(grant.actions()))
                    .orElse(Set.of());
        }

        private static Optional<Problem> conflict(String member, String sentence) {
            return Optional.of(
                    Problem.conflict(sentence + " (`errand owners limits`).").with("member", member));
        }
    }

    private record Row(String owner, String name) {}

    /**
     * Owners are compared here, as everywhere.
     *
     * @param but the name of one that is not counted
     */
    private Owned owned(String owner, String but) {
        String key = Owners.key(owner);
        List<String> names = jdbc
                .sql("SELECT owner, name FROM agent WHERE state <> 'retired' AND name <> :but")
                .param("but", but)
                .query(Row.class)
                .list()
                .stream()
                .filter(row -> Owners.key(row.owner()).equals(key))
                .map(Row::name)
                .toList();
        return new Owned(jdbc.sql("SELECT spec FROM agent WHERE name = ANY (:names) ORDER BY name")
                .param("names", names.toArray(String[]::new))
                .query((row, n) -> Json.mapper().readValue(row.getString("spec"), AgentResource.class))
                .list());
    }

    /** How many agents, and how many live leases these may have. */
    private record Share(int agents, long leases) {

        Share plus(Share other) {
            return new Share(agents + other.agents, leases + other.leases);
        }
    }

    /** Of all owners, in one look at the agents. */
    private Map<String, Share> shares() {
        Map<String, Share> shares = new HashMap<>();
        jdbc.sql(
                        "SELECT owner, coalesce((spec ->> 'max_live_leases')::bigint, 0) AS leases FROM agent WHERE state <> 'retired'")
                .query((RowCallbackHandler) row -> shares.merge(
                        Owners.key(row.getString("owner")), new Share(1, row.getLong("leases")), Share::plus));
        return shares;
    }

    private Optional<OwnerLimitsView> find(String owner) {
        Map<String, Share> shares = shares();
        return jdbc.sql("SELECT * FROM owner_limit WHERE owner = :owner")
                .param("owner", Owners.key(owner))
                .query((row, n) -> view(row, shares))
                .optional();
    }

    List<OwnerLimitsView> list(String after, int limit) {
        Map<String, Share> shares = shares();
        return jdbc.sql("SELECT * FROM owner_limit WHERE owner > :after ORDER BY owner LIMIT :limit")
                .param("after", after)
                .param("limit", limit)
                .query((row, n) -> view(row, shares))
                .list();
    }

    private static OwnerLimitsView view(ResultSet row, Map<String, Share> shares) throws SQLException {
        Share share = shares.getOrDefault(row.getString("owner"), new Share(0, 0));
        return new OwnerLimitsView(
                row.getString("said"),
                row.getObject("max_agents", Integer.class),
                row.getObject("max_live_leases", Integer.class),
                tools(row),
                share.agents(),
                share.leases(),
                row.getString("who"),
                row.getString("reason"),
                row.getObject("at", OffsetDateTime.class).toInstant());
    }

    private Instant now() {
        return jdbc.sql("SELECT now()").query(OffsetDateTime.class).single().toInstant();
    }
}
