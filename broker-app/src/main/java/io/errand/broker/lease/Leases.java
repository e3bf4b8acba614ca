package io.errand.broker.lease;

import io.errand.api.AuthorizationDetail;
import io.errand.api.LeaseView;
import io.errand.api.PolicyQuestion;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.StatusIndex;
import io.errand.broker.credential.Term;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The public face of this room. */
public interface Leases {

    /**
     * Inserts a PENDING row in the transaction under way, which must commit before {@link #issue}; an ACTIVE one where the
     * credential exists nowhere but in {@link #issue}'s answer. Its end is the earliest of
     * the task's end and {@code ttl} from the database's now.
     *
     * @param granted what on the tool
     */
    Opened open(Task task, Tool tool, AuthorizationDetail granted, Basis basis);

    /**
     * What a lease is granted on, beside its task.
     *
     * @param ttl the shortest of what tool and policy allow; null: neither says
     * @param cnf the key that its task's token is bound to (RFC 7800); null: to none
     * @param question what policy was asked, to be asked again when what is registered changes; null: it was not asked
     */
    record Basis(
            @Nullable Duration ttl,
            @Nullable Map<String, Object> cnf,
            @Nullable PolicyQuestion question) {

        public static final Basis NONE = new Basis(null, null, null);
    }

    /** What policy was asked when the lease was granted; empty: it is not known. */
    Optional<PolicyQuestion> question(UUID lease);

    /** The classes of data that it was granted on; empty: all that its tool has. */
    Optional<List<String>> datatypes(UUID lease);

    /**
     * Asks the backend, then moves PENDING to ACTIVE in a transaction of its own. Whatever fails, the row is REVOKING when this
     * returns and the worker cleans up.
     *
     * @param claims whose credential it is: what {@link io.errand.broker.credential.Order#task()} carries
     */
    Issue issue(Opened lease, Map<String, Object> claims);

    /**
     * An ACTIVE lease, held so in the transaction under way, to be issued again by {@link #issue} with the id and the end that it has;
     * only where the credential exists nowhere but in that answer. Empty: it is not active any more.
     */
    Optional<Held> hold(UUID lease, Tool tool, AuthorizationDetail granted, @Nullable Map<String, Object> cnf);

    /** @param half of its life, from its grant or renewal on */
    record Held(Opened lease, Instant half) {}

    /** Makes one live lease REVOKING; false if it was not live any more. */
    boolean revoke(UUID lease, String reason, String who);

    /** Whether an operator's revocation ended one of these. One that comes after this has what was made in their place. */
    boolean anyRevokedByOperator(Collection<UUID> leases);

    /** Whether there are live leases of a scope. */
    boolean anyLive(Scope scope);

    /** Makes the live leases of a scope REVOKING, in the transaction under way. */
    int revokeOf(Scope scope, String reason, String who);

    /** Ends the tasks and leases of a scope and all that is below them, without a lock, in the transaction under way. */
    void end(Scope scope, String reason, String who);

    /**
     * Whether an agent may have so many more live leases, decided for the transaction under way: whoever asks for the last places
     * waits here until it is over.
     *
     * @param most the agent's {@code max_live_leases}; REVOKING ones count, since they are still at their targets
     * @param instead leases that the new ones stand in for (P7), which do not
     */
    Room room(String agent, int most, int wanted, List<UUID> instead);

    /** What {@link #room} finds. */
    enum Room {
        ENOUGH,
        AGENT_FULL,
        /** Too many of its leases ended as disabled and wait for a database administrator. */
        AGENT_UNRESOLVED,
        ALL_FULL
    }

    /**
     * Moves an active lease's end as far as the limits allow, counted from the database's now, at most to its task's end and never
     * back, in the transaction under way, which must commit before {@link #extend}. Empty: it is not active any more.
     */
    Optional<Prolonged> prolong(UUID lease, Limits limits);

    /** Has the target follow; if it does not, the lease's end is what it was. */
    Renewal extend(Prolonged lease);

    /**
     * Moves a live lease's end back to what the limits allow, counted from when it was granted or last renewed, in the transaction
     * under way. Empty: it is no longer live, or ends no later than that.
     */
    Optional<Cut> cut(UUID lease, Limits limits);

    /**
     * How long a lease may last.
     *
     * @param ofLease from its grant or renewal; null: no limit of its own
     * @param notAfter when its task, or one above it, would end by the limits of now
     */
    record Limits(@Nullable Duration ofLease, Instant notAfter) {

        /** Whether it ends early enough even if it was never renewed. */
        public boolean allow(LeaseView lease) {
            return !lease.expiresAt().isAfter(notAfter)
                    && (ofLease == null
                            || !lease.expiresAt().isAfter(lease.createdAt().plus(ofLease)));
        }
    }

    /** @param past whether that end is over already: then nothing was changed, and it is to be revoked */
    record Cut(Instant was, Instant until, boolean past) {}

    /** A later end on record. */
    record Prolonged(UUID id, int version, String backend, Backend.Remains remains, Instant before, Term term) {

        public Instant until() {
            return term.until();
        }

        public boolean isLonger() {
            return until().isAfter(before);
        }
    }

    /** What came of a renewal. */
    sealed interface Renewal {

        record Live(LeaseView lease) implements Renewal {}

        /** @param reason a sentence for the holder */
        record NotExtendable(String reason) implements Renewal {}

        record Unavailable(String cause, @Nullable Duration retryAfter) implements Renewal {}

        /** It ended meanwhile. */
        record Ended() implements Renewal {}
    }

    Optional<LeaseView> find(UUID lease);

    /** How far its end has come, for administrators: with what went wrong at its target. */
    Optional<Ending> ending(UUID lease);

    /**
     * @param until nothing goes wrong, and whoever checks the credential offline holds it until then; null: it is not known
     */
    record Ending(LeaseView lease, @Nullable Instant until) {}

    /**
     * Some leases that are pending or active.
     *
     * @param agent its own, and those that came through it; null: anybody's
     * @param tool null: on any
     * @param taskType of tasks of this type; null: of any
     * @param root of tasks of this tree; null: of any
     * @param until those that came later are left out
     * @param after a lease; those that are older, and it, are left out
     */
    record Live(
            @Nullable String agent,
            @Nullable String tool,
            @Nullable String taskType,
            @Nullable UUID root,
            OffsetDateTime until,
            @Nullable UUID after) {}

    /** Oldest first. */
    List<LeaseView> live(Live which, int limit);

    /** By age, oldest first. */
    List<LeaseView> ofTask(UUID task);

    /** Waits until no lease of the task is live, or the time is over; true: all are seen gone. */
    boolean awaitGone(UUID task, Duration atMost);

    /**
     * A committed-to-be row.
     *
     * @param term when it ends
     * @param task when its task ends, which no renewal passes
     * @param active whether it is ACTIVE from the first ({@link Backend#reference})
     * @param status its place on the status lists, known when the transaction has committed; null: it has none
     */
    record Opened(
            UUID id,
            Tool tool,
            AuthorizationDetail granted,
            @Nullable Map<String, Object> cnf,
            Term term,
            Term task,
            boolean active,
            @Nullable Supplier<StatusIndex> status) {

        public @Nullable StatusIndex listed() {
            return status == null ? null : status.get();
        }

        public List<String> actions() {
            return granted.actions();
        }
    }

    /** What came of issuing. */
    sealed interface Issue {

        /** @param data what the agent logs in with; secrets as {@link io.errand.broker.shared.Secret} */
        record Live(Opened lease, Instant validUntil, Map<String, Object> data) implements Issue {}

        /** The target answered, and refuses until a person changes something there; {@code reason} is in its words. */
        record Refused(Opened lease, String reason) implements Issue {}

        /** The target is down, or nobody knows: {@code temporarily_unavailable}. */
        record Unavailable(
                Opened lease, String cause, @Nullable Duration retryAfter) implements Issue {}

        /** Killed while it was being made. */
        record Lost(Opened lease) implements Issue {}
    }
}
