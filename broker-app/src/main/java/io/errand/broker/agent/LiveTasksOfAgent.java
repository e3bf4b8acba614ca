package io.errand.broker.agent;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A question that this room asks upwards; the room that keeps the tasks answers it. */
public interface LiveTasksOfAgent {

    /** Its active tasks, each with who showed themselves for it: {@code <issuer>:<subject>}; an empty subject is not known. */
    Map<UUID, List<String>> shown(String agent);

    /** Ends these, with all below them and their credentials, in the transaction under way. */
    void end(Collection<UUID> tasks, String who);
}
