package io.errand.broker.credential;

import io.errand.broker.credential.Backend.BindingProblem;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Ends, with the broker's own login at a target, credentials that somebody else makes there, and looks that they are gone. They are
 * found by their names, which carry the lease's id.
 */
public interface TargetObserver {

    /** The names of its targets, as the service's configuration has them. */
    Set<String> targets();

    /** What keeps it from ending credentials at one of its targets, as far as that shows before there is one; empty: nothing. */
    List<BindingProblem> check(String target);

    /** Whether {@link #forestall} does anything at this target. */
    default boolean forestalls(String target) {
        return false;
    }

    /** Takes the power from what carries the leases' ids, as {@link Backend#forestall} does. */
    default void forestall(String target, Collection<UUID> leases) {}

    /**
     * Ends what carries the lease's id and looks; safe to repeat, and to call where nothing does.
     *
     * @param insists whether it is known to resist: then more time is taken
     */
    Destruction destroy(String target, UUID lease, boolean insists);
}
