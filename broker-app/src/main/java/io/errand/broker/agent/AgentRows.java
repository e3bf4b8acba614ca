package io.errand.broker.agent;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

/** The table {@code agent}. */
interface AgentRows extends Repository<AgentRow, UUID> {

    /** By the unique index on {@code name}. */
    Optional<AgentRow> findByName(String name);

    /** By the primary key of {@code agent_identity}. */
    @Query("SELECT a FROM AgentRow a JOIN a.identities i WHERE i.issuer = :issuer AND i.subject = :subject")
    Optional<AgentRow> findByIdentity(String issuer, String subject);

    List<AgentRow> findByNameGreaterThanOrderByName(String after, Limit limit);

    AgentRow saveAndFlush(AgentRow row);

    void delete(AgentRow row);

    void flush();
}
