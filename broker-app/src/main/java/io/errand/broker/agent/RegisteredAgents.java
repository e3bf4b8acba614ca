package io.errand.broker.agent;

import java.time.LocalDate;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The face over the registry's rows: one statement a question. */
@Component
class RegisteredAgents implements Agents {

    private final AgentRows rows;
    private final JdbcClient jdbc;

    RegisteredAgents(AgentRows rows, JdbcClient jdbc) {
        this.rows = rows;
        this.jdbc = jdbc;
    }

    @Override
    public Optional<Agent> byIdentity(String issuer, String subject) {
        return rows.findByIdentity(issuer, subject)
                .or(() -> rows.prefixesOf(issuer, subject).stream()
                        .filter(prefix -> SubjectPrefix.covers(prefix, subject))
                        .findFirst()
                        .flatMap(prefix -> rows.findByPrefix(issuer, prefix)))
                .map(AgentRow::agent);
    }

    @Override
    public Optional<Agent> byName(String name) {
        return rows.findByName(name).map(AgentRow::agent);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean hold(Agent agent) {
        return jdbc.sql("SELECT 1 FROM agent WHERE id = :id AND version = :version AND state = 'active' FOR SHARE")
                .param("id", agent.id())
                .param("version", agent.version())
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    @Override
    public Standing standing(Agent agent) {
        return switch (agent.state()) {
            case SUSPENDED -> new Standing.Bad("agent_suspended", "The agent " + agent.name() + " is suspended.");
            case RETIRED -> new Standing.Bad("agent_retired", "The agent " + agent.name() + " is retired.");
            case ACTIVE -> answeredFor(agent);
        };
    }

    private Standing answeredFor(Agent agent) {
        if (agent.owner().isBlank()) {
            return new Standing.Bad("agent_without_owner", "Nobody answers for the agent " + agent.name() + ".");
        }
        if (agent.reviewBy().filter(this::isOver).isPresent()) {
            return new Standing.Bad(
                    "agent_past_review",
                    "The agent " + agent.name() + " was to be reviewed by "
                            + agent.reviewBy().get() + ".");
        }
        return new Standing.Good();
    }

    private boolean isOver(LocalDate day) {
        return jdbc.sql("SELECT (now() AT TIME ZONE 'UTC')::date > :day")
                .param("day", day)
                .query(Boolean.class)
                .single();
    }
}
