package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.agent.Agent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How a task gets children. */
public interface Delegations {

    /**
     * Hands part of an active task on, in the transaction under way, which must hold the task ({@link Tasks#hold}); it ends no
     * later than the task. Empty: as many as {@code errand.task.max-children} allows are taken up, or can be.
     */
    Optional<Delegation> hand(Task parent, Handed handed);

    /**
     * Whether an agent's tasks may hand on one more part, by {@code errand.task.max-delegations-per-agent}, decided for the
     * transaction under way.
     */
    boolean hasRoom(UUID agent);

    /** @param agent who may take it up */
    record Handed(Agent agent, String purpose, List<AuthorizationDetail> ceiling, Duration ttl) {}

    /** As it was handed on, whether it was taken up or not. */
    Optional<Delegation> find(UUID id);

    /** Makes the one child of a delegation, in the transaction under way; nothing is changed unless it does. */
    Taken take(Delegation delegation, Tasks.Declared declared);

    /** What came of taking it up. */
    sealed interface Taken {

        record Child(Task task) implements Taken {}

        /** The parent, or one above it, is active no more. */
        record ParentEnded() implements Taken {}

        /** Taken up before, or its end has come. */
        record Spent() implements Taken {}
    }

    /** In the transaction under way: nothing came of the child, so its delegation can be taken up again. */
    void giveBack(UUID child);
}
