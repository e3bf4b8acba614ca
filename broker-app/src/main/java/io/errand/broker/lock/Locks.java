package io.errand.broker.lock;

import io.errand.broker.database.SqlPipeline.Hold;
import io.errand.broker.database.SqlPipeline.RoundTrip;
import io.errand.broker.task.Scope;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The public face of this room: is anything stopped? */
public interface Locks {

    /**
     * Looks for a lock on any of these, and keeps new ones waiting until the transaction under way is over: what it commits is
     * found by the sweep of a lock that comes later. So it does with changes of the agent and the tools.
     */
    Optional<Lock> holdOff(Subjects subjects);

    /** The same, to be held together with something else. */
    Hold<?, Optional<Lock>> holding(Subjects subjects);

    /** Keeps new locks waiting from when the trip is made until the transaction under way is over; names are not held. */
    void holdOff(RoundTrip trip);

    /**
     * Looks for locks on any of these, in a trip that holds new ones off; only those that are stopped have one in the answer. The
     * request is told the epoch as of then.
     */
    Supplier<Map<Subjects, Lock>> standing(Collection<Subjects> many, RoundTrip trip);

    /** Looks for a lock on any of these, as of now. */
    Optional<Lock> find(Subjects subjects);

    /** Sets a lock in the transaction under way, once all grants that did not see it are committed. */
    Lock set(Scope scope, String reason, String who);

    /**
     * Waits until every transaction that holds locks off is over, and keeps new ones waiting until the one under way is: what it
     * changes they see, or it sees what they did.
     */
    void awaitGrants();

    Optional<Lock> byId(UUID id);

    List<Lock> standing();

    /** Lifts a lock; false if it does not stand. */
    boolean lift(UUID id, String who);

    record Lock(UUID id, Scope scope, String reason, String who, java.time.Instant createdAt) {}

    /**
     * What an act touches; null: nothing of that kind.
     *
     * @param issuers of everybody in its chain
     */
    record Subjects(
            @Nullable String agent,
            @Nullable String owner,
            @Nullable String person,
            @Nullable UUID task,
            @Nullable UUID root,
            List<String> issuers,
            List<String> tools) {}
}
