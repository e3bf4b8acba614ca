package io.errand.broker.grant;

import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.Mandate;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.identity.KeyBinding;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Array;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * P7: the same {@code Idempotency-Key} revokes what it made first and makes it anew. The answer is never kept, only a hash of the
 * request, its task and its leases.
 */
@Component
class Idempotency {

    private final JdbcClient jdbc;

    Idempotency(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What a key stands for. */
    sealed interface Earlier {

        /** Never seen. */
        record None() implements Earlier {}

        /** The same request was answered, or whoever was answering it died. */
        record Same(UUID task, List<UUID> leases) implements Earlier {}

        record UnderWay() implements Earlier {}

        record OtherRequest() implements Earlier {}
    }

    /** A key is one agent's, under one identity, and of one holder: what it made first is not handed to another one. */
    static Optional<String> key(TokenRequest request, Caller caller) {
        return Optional.ofNullable(request.idempotencyKey())
                .map(key -> sha256(
                        caller.agent().id().toString(),
                        caller.workload().issuer(),
                        caller.workload().subject(),
                        caller.binding().map(KeyBinding::toString).orElse(""),
                        key));
    }

    /** A hash of what is asked for. Workload tokens are left out: a retry comes with a fresh one. */
    static String requestHash(TokenRequest request, Caller caller, Optional<Approved> approval) {
        String asked = requestHash(request, caller);
        // Two approvals of the same request are two requests.
        return approval.map(one -> sha256(asked, one.id().toString())).orElse(asked);
    }

    private static String requestHash(TokenRequest request, Caller caller) {
        return sha256(
                caller.subjectName() + caller.mandate().map(Mandate::text).orElse(""),
                switch (caller.subject()) {
                    case Caller.Subject.OwnTask(var task) -> task.id().toString();
                    case Caller.Subject.Delegated(var delegation) ->
                        delegation.id().toString();
                    case Caller.Subject.Self self -> "";
                    case Caller.Subject.Person person -> "";
                },
                String.valueOf(request.task()),
                String.valueOf(request.authorizationDetails()),
                String.join("\n", request.audiences()),
                String.join("\n", request.resources()),
                String.valueOf(request.scope()));
    }

    /** Looks, and holds the key's row until the transaction under way is over. */
    @Transactional(propagation = Propagation.MANDATORY)
    Earlier look(String key, String requestHash) {
        // Two first calls at once: the second waits here for the first one's commit.
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
                .param("key", key)
                .query((row, n) -> true)
                .single();
        return jdbc.sql("""
                        SELECT request, task_id, leases, state = 'running' AND created_at > now() - interval '60 seconds' AS running
                        FROM idempotency WHERE key = :key AND expires_at > now() FOR UPDATE
                        """)
                .param("key", key)
                .query((row, n) -> {
                    if (!row.getString("request").equals(requestHash)) {
                        return new Earlier.OtherRequest();
                    }
                    return row.getBoolean("running")
                            ? new Earlier.UnderWay()
                            : new Earlier.Same(row.getObject("task_id", UUID.class), uuids(row.getArray("leases")));
                })
                .optional()
                .map(Earlier.class::cast)
                .orElseGet(Earlier.None::new);
    }

    /** Notes what is being made, in the transaction that makes it; the key is kept for a day after the task's end. */
    @Transactional(propagation = Propagation.MANDATORY)
    void begin(String key, String requestHash, UUID task, List<UUID> leases) {
        jdbc.sql("""
                        INSERT INTO idempotency (key, request, task_id, leases, state, expires_at)
                        SELECT :key, :request, t.id, :leases::uuid[], 'running', t.expires_at + interval '1 day'
                        FROM task t WHERE t.id = :task
                        ON CONFLICT (key) DO UPDATE
                        SET request = excluded.request, task_id = excluded.task_id, leases = excluded.leases,
                            state = 'running', created_at = now(), expires_at = excluded.expires_at
                        """)
                .param("key", key)
                .param("request", requestHash)
                .param("task", task)
                .param("leases", array(leases))
                .update();
    }

    /** The answer is about to be sent. */
    void done(String key) {
        jdbc.sql("UPDATE idempotency SET state = 'done' WHERE key = :key")
                .param("key", key)
                .update();
    }

    /** Nothing came of it: the next call begins anew. False: a retry has taken its place, and goes on. */
    boolean forget(String key, UUID task, List<UUID> leases) {
        return jdbc.sql("DELETE FROM idempotency WHERE key = :key AND task_id = :task AND leases = :leases::uuid[]")
                        .param("key", key)
                        .param("task", task)
                        .param("leases", array(leases))
                        .update()
                == 1;
    }

    @Scheduled(fixedDelayString = "PT10M")
    void purge() {
        jdbc.sql("DELETE FROM idempotency WHERE expires_at < now()").update();
    }

    private static String array(List<UUID> ids) {
        return "{" + String.join(",", ids.stream().map(UUID::toString).toList()) + "}";
    }

    private static List<UUID> uuids(Array array) throws java.sql.SQLException {
        return Arrays.stream((Object[]) array.getArray()).map(UUID.class::cast).toList();
    }

    static String sha256(String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                // Length first, so that no two lists of parts read the same.
                digest.update(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
                digest.update((byte) ':');
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
