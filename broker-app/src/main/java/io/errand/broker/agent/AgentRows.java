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

    /** Prefixes that the subject begins with, the longest first. By the primary key of {@code agent_identity_prefix}. */
    @Query(
            "SELECT p.prefix FROM AgentRow a JOIN a.prefixes p"
                    + " WHERE p.issuer = :issuer AND left(:subject, length(p.prefix)) = p.prefix ORDER BY length(p.prefix) DESC")
    List<String> prefixesOf(String issuer, String subject);

    @Query("SELECT a FROM AgentRow a JOIN a.prefixes p WHERE p.issuer = :issuer AND p.prefix = :prefix")
    Optional<AgentRow> findByPrefix(String issuer, String prefix);

    /** Agents with a prefix that begins with this one, or that this one begins with. */
    @Query("SELECT a FROM AgentRow a JOIN a.prefixes p WHERE p.issuer = :issuer"
            + " AND (left(:prefix, length(p.prefix)) = p.prefix OR left(p.prefix, length(:prefix)) = :prefix)")
    List<AgentRow> findByOverlap(String issuer, String prefix);

    @Query("SELECT a.name FROM AgentRow a")
    List<String> names(Limit limit);

    List<AgentRow> findByNameGreaterThanOrderByName(String after, Limit limit);

    List<AgentRow> findByNameLessThanOrderByNameDesc(String before, Limit limit);

    AgentRow saveAndFlush(AgentRow row);

    void delete(AgentRow row);

    void flush();
}
