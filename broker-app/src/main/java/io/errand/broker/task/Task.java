package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
 * @param identities everybody who showed themselves for it or for one above it, {@code <issuer>:<subject>} each; empty: it is from
 *     before that was kept
 * @param subject for whom: {@code agent:<name>} or {@code person:<issuer>:<sub>}
 * @param ceiling what may be asked for during the task
 * @param tokenId {@code jti} of the one task token that is valid for it
 * @param senderConstrained whether that token is bound to a key of its holder
 * @param vouched what another deployment's credential said, by which it or one above it was begun
 * @param origin whether its agent said what it is, and whether it holds its token
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
        List<String> identities,
        String subject,
        String type,
        String purpose,
        List<AuthorizationDetail> ceiling,
        UUID tokenId,
        boolean senderConstrained,
        Origin origin,
        Optional<Map<String, Object>> vouched,
        State state,
        Optional<String> outcome,
        Optional<String> summary,
        Instant createdAt,
        Instant expiresAt,
        Optional<Instant> endedAt) {

    /** How a task came about. */
    public enum Origin {
        /** Its agent said what it is about to do, or it was handed on by one that did. */
        DECLARED,
        /** Its agent said nothing of it, and holds its token. */
        ASSUMED,
        /** Its agent asked for one tool's credential and knows of no task: nobody holds its token. */
        IMPLICIT;

        /** As it is stored. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where a task stands; every state but the first is final. */
    public enum State {
        ACTIVE,
        COMPLETED,
        CANCELLED,
        EXPIRED;

        /** As it is stored and sent. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
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

    /** The issuers of everybody in its chain: workloads, people and actors above. */
    public List<String> issuers() {
        return Stream.concat(Stream.of(issuer), identities.stream().map(Task::issuerOf))
                .distinct()
                .toList();
    }

    /** Of {@code <issuer>:<subject>}: names of issuers have no colon. */
    private static String issuerOf(String identity) {
        return identity.substring(0, identity.indexOf(':'));
    }

    /** Reads a row that has all columns of the table task. */
    public static Task of(ResultSet row) throws SQLException {
        return new Task(
                row.getObject("id", UUID.class),
                row.getObject("root_id", UUID.class),
                Optional.ofNullable(row.getObject("parent_id", UUID.class)),
                row.getInt("depth"),
                Arrays.asList((UUID[]) row.getArray("ancestors").getArray()),
                Arrays.asList((String[]) row.getArray("actors").getArray()),
                row.getObject("agent_id", UUID.class),
                row.getString("agent"),
                row.getString("owner"),
                row.getString("issuer"),
                Arrays.asList((String[]) row.getArray("identities").getArray()),
                row.getString("subject"),
                row.getString("type"),
                row.getString("purpose"),
                Json.mapper().readValue(row.getString("ceiling"), TaskTable.CEILING),
                row.getObject("token_id", UUID.class),
                row.getBoolean("sender_constrained"),
                Origin.valueOf(row.getString("origin").toUpperCase(Locale.ROOT)),
                Optional.ofNullable(row.getString("vouched"))
                        .map(json -> Json.mapper().readValue(json, TaskTable.VOUCHED)),
                State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                Optional.ofNullable(row.getString("outcome")),
                Optional.ofNullable(row.getString("summary")),
                TaskTable.instant(row, "created_at").orElseThrow(),
                TaskTable.instant(row, "expires_at").orElseThrow(),
                TaskTable.instant(row, "ended_at"));
    }
}
