package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.api.Json;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.database.Sql;
import io.errand.broker.database.SqlPipeline;
import io.errand.broker.database.SqlPipeline.Hold;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The face over the registry's rows: one statement a question. What was read stays in memory, and a question asks the database
 * whether it is still the one, unless the request's epoch says so.
 */
@Component
class RegisteredAgents implements Agents {

    private final Map<String, Agent> read = new ConcurrentHashMap<>();
    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final SqlPipeline trips;
    private final Owners owners;
    private final RegistryVersion.Kept<String, Agent> named;

    /** Strangers too, so that time does not tell them from agents. Only who was verified comes here. */
    private final RegistryVersion.Kept<Of, Known> identified;

    RegisteredAgents(
            JdbcClient jdbc,
            CurrentTransaction transaction,
            SqlPipeline trips,
            Owners owners,
            RegistryVersion registryVersion) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.trips = trips;
        this.owners = owners;
        this.named = registryVersion.kept();
        this.identified = registryVersion.kept();
    }

    private record Of(String issuer, String subject) {}

    private record Known(Optional<Agent> agent) {}

    @Override
    public Optional<Agent> byIdentity(String issuer, String subject) {
        return identified
                .get(new Of(issuer, subject), () -> Optional.of(new Known(read(issuer, subject))))
                .flatMap(Known::agent);
    }

    private Optional<Agent> read(String issuer, String subject) {
        // Primary keys of agent_identity and agent.
        return jdbc.sql("""
                        SELECT a.name, a.id, a.version FROM agent_identity i JOIN agent a ON a.id = i.agent_id
                         WHERE i.issuer = :issuer AND i.subject = :subject
                        """)
                .param("issuer", issuer)
                .param("subject", subject)
                .query(Current.class)
                .optional()
                .flatMap(this::agent)
                .or(() -> prefixesOf(issuer, subject).stream()
                        .filter(prefix -> SubjectPrefix.covers(prefix, subject))
                        .findFirst()
                        .flatMap(prefix -> byPrefix(issuer, prefix)));
    }

    /** Prefixes that the subject begins with, the longest first. By the primary key of {@code agent_identity_prefix}. */
    private List<String> prefixesOf(String issuer, String subject) {
        return jdbc.sql("""
                        SELECT prefix FROM agent_identity_prefix
                         WHERE issuer = :issuer AND left(:subject, length(prefix)) = prefix ORDER BY length(prefix) DESC
                        """)
                .param("issuer", issuer)
                .param("subject", subject)
                .query(String.class)
                .list();
    }

    private Optional<Agent> byPrefix(String issuer, String prefix) {
        // Primary keys of agent_identity_prefix and agent.
        return jdbc.sql("""
                        SELECT a.name, a.id, a.version FROM agent_identity_prefix p JOIN agent a ON a.id = p.agent_id
                         WHERE p.issuer = :issuer AND p.prefix = :prefix
                        """)
                .param("issuer", issuer)
                .param("prefix", prefix)
                .query(Current.class)
                .optional()
                .flatMap(this::agent);
    }

    @Override
    public Optional<Agent> byName(String name) {
        return named.get(name, () -> read(name));
    }

    private Optional<Agent> read(String name) {
        // Unique index on name.
        return jdbc.sql("SELECT name, id, version FROM agent WHERE name = :name")
                .param("name", name)
                .query(Current.class)
                .optional()
                .flatMap(this::agent);
    }

    record Current(String name, UUID id, long version) {}

    private Optional<Agent> agent(Current current) {
        Agent known = read.get(current.name());
        if (known != null && known.id().equals(current.id()) && known.version() == current.version()) {
            return Optional.of(known);
        }
        Optional<Agent> fresh = stored(current.id());
        // What a transaction sees may be its own, and may never come to be.
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            fresh.ifPresent(agent -> read.put(agent.name(), agent));
        }
        return fresh;
    }

    /** By the primary key. */
    private Optional<Agent> stored(UUID id) {
        return jdbc.sql("SELECT name, version, spec FROM agent WHERE id = :id")
                .param("id", id)
                .query((row, n) -> AgentRow.agent(
                        id,
                        row.getString("name"),
                        row.getLong("version"),
                        Json.mapper().readValue(row.getString("spec"), AgentResource.class)))
                .optional();
    }

    /** By the primary key of agent_identity. */
    @Override
    public Optional<String> withExactly(String issuer, String subject) {
        return jdbc.sql("SELECT a.name FROM agent a JOIN agent_identity i ON i.agent_id = a.id"
                        + " WHERE i.issuer = :issuer AND i.subject = :subject")
                .param("issuer", issuer)
                .param("subject", subject)
                .query(String.class)
                .optional();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean hold(Agent agent) {
        return transaction.isUnchanged()
                || trips.hold(new Hold<>(
                        new Sql(
                                "SELECT pg_advisory_xact_lock_shared(name_key('agent', :name::text))",
                                Map.of("name", agent.name())),
                        new Sql(
                                "SELECT 1 FROM agent WHERE id = :id AND version = :version AND state = 'active'",
                                Map.of("id", agent.id(), "version", agent.version())),
                        (row, n) -> true,
                        rows -> !rows.isEmpty()));
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void releaseIdentities(UUID agent) {
        for (String table : List.of("agent_identity", "agent_identity_prefix")) {
            jdbc.sql("DELETE FROM " + table
                            + " WHERE agent_id = (SELECT id FROM agent WHERE id = :agent AND state = 'retired')")
                    .param("agent", agent)
                    .update();
        }
    }

    @Override
    public List<String> thatHandOnTo(String agent) {
        return jdbc.sql(
                        "SELECT name FROM agent WHERE state <> 'retired' AND spec->'delegates_to' @> to_jsonb(:agent::text)"
                                + " ORDER BY name")
                .param("agent", agent)
                .query(String.class)
                .list();
    }

    @Override
    public Standing standing(Agent agent) {
        return switch (agent.state()) {
            case DRAFT ->
                new Standing.Bad("agent_draft", "The agent " + agent.name() + " is a draft; nobody has activated it.");
            case SUSPENDED -> new Standing.Bad("agent_suspended", "The agent " + agent.name() + " is suspended.");
            case RETIRED -> new Standing.Bad("agent_retired", "The agent " + agent.name() + " is retired.");
            case ACTIVE -> answeredFor(agent);
        };
    }

    private Standing answeredFor(Agent agent) {
        if (agent.reviewBy().filter(this::isOver).isPresent()) {
            return new Standing.Bad(
                    "agent_past_review",
                    "The agent " + agent.name() + " was to be reviewed by "
                            + agent.reviewBy().get() + ".");
        }
        return agent.owner().isBlank() || owners.isGone(agent.owner())
                ? new Standing.Finishing(
                        "agent_without_owner",
                        "Nobody answers for the agent " + agent.name() + "; it may finish what runs and begin nothing.")
                : new Standing.Good();
    }

    private boolean isOver(LocalDate day) {
        return transaction.now().atZone(ZoneOffset.UTC).toLocalDate().isAfter(day);
    }
}
