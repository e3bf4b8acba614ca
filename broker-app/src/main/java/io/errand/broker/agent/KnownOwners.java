package io.errand.broker.agent;

import io.errand.broker.shared.Problem;
import java.util.Optional;

/** A question that this room asks upwards; the room that knows a directory answers it. */
public interface KnownOwners {

    /** Why the directory says that somebody may not become an agent's owner; empty: it has nothing against it. */
    Optional<Problem> refusal(String owner);
}
