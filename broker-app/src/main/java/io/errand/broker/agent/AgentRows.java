package io.errand.broker.agent;

import io.errand.broker.shared.web.StoredRows;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;

/**
 * The table {@code agent}. Its queries are SQL: for its own language Hibernate would have to load and warm up a parser, which
 * is longer than all else that it does at its start.
 */
interface AgentRows extends Repository<AgentRow, UUID>, StoredRows<AgentRow> {

    /** By the unique index on {@code name}. */
    @Override
    @NativeQuery("SELECT * FROM agent WHERE name = :name")
    Optional<AgentRow> findByName(String name);

    /** By the primary key of {@code agent_identity}. */
    @NativeQuery("SELECT a.* FROM agent a JOIN agent_identity i ON i.agent_id = a.id"
            + " WHERE i.issuer = :issuer AND i.subject = :subject")
    Optional<AgentRow> findByIdentity(String issuer, String subject);

    /** Agents with a prefix that begins with this one, or that this one begins with. */
    @NativeQuery("SELECT a.* FROM agent a JOIN agent_identity_prefix p ON p.agent_id = a.id WHERE p.issuer = :issuer"
            + " AND (left(:prefix, length(p.prefix)) = p.prefix OR left(p.prefix, length(:prefix)) = :prefix)")
    List<AgentRow> findByOverlap(String issuer, String prefix);

    @NativeQuery("SELECT name FROM agent")
    List<String> names(Limit limit);

    @Override
    @NativeQuery("SELECT * FROM agent WHERE name > :after ORDER BY name")
    List<AgentRow> findByNameGreaterThanOrderByName(String after, Limit limit);

    @Override
    @NativeQuery("SELECT * FROM agent WHERE name < :before ORDER BY name DESC")
    List<AgentRow> findByNameLessThanOrderByNameDesc(String before, Limit limit);

    AgentRow saveAndFlush(AgentRow row);

    void delete(AgentRow row);

    void flush();
}
