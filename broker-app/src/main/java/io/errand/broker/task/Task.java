package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One declared piece of work.
 *
 * @param root the task at the top of its tree; itself if it has no parent
 * @param ancestors the tasks above it, the top first
 * @param actors their agents, in the same order
 * @param owner of the agent, when the task was declared
 * @param issuer whose token the agent showed
 * @param subject for whom: {@code agent:<name>} or {@code person:<issuer>:<sub>}
 * @param ceiling what may be asked for during the task
 * @param tokenId {@code jti} of the one task token that is valid for it
 * @param senderConstrained whether that token is bound to a key of its holder
 */
public record Task(
        UUID id,
        UUID root,
        Optional<UUID> parent,
        int depth,
        List<UUID> ancestors,
        List<String> actors,
        UUID agentId,
        String agent,
        String owner,
        String issuer,
        String subject,
        String type,
        String purpose,
        List<AuthorizationDetail> ceiling,
        UUID tokenId,
        boolean senderConstrained,
        State state,
        Optional<String> outcome,
        Optional<String> summary,
        Instant createdAt,
        Instant expiresAt,
        Optional<Instant> endedAt) {

    /** Where a task stands; every state but the first is final. */
    public enum State {
        ACTIVE,
        COMPLETED,
        CANCELLED,
        EXPIRED;

        /** As it is stored and sent. */
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Everybody that it came through, the top first and its own agent last. */
    public List<String> chain() {
        return Stream.concat(actors.stream(), Stream.of(agent)).toList();
    }

    /** The person it acts for, if it does: {@code person:<issuer>:<sub>}. */
    public Optional<String> onBehalfOf() {
        return subject.startsWith("person:") ? Optional.of(subject) : Optional.empty();
    }
}
