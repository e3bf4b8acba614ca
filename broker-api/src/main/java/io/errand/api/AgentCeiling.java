package io.errand.api;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an agent may have, as it is told itself: nothing of it is a grant, and each exchange is decided anew. Of policies it has what
 * they would say of a task that is declared now with the agent's own purpose and no context, and not their text.
 *
 * @param agent its name, which is also {@code client_id}
 * @param owner who answers for it, and changes what it may have
 * @param taskTypes what {@code task.type} may be; of several, one must be declared
 * @param maxTtl how long one of its tasks lasts at most
 * @param maxLiveLeases how many credentials it has at a time
 * @param reviewBy after this day it may not act until its owner has reviewed it; absent: there is none
 * @param delegatesTo agents that it may hand part of a task to
 * @param tools in its ceiling, by name; what is not here is refused as {@code invalid_target}
 */
public record AgentCeiling(
        String agent,
        String owner,
        String purpose,
        List<String> taskTypes,
        Duration maxTtl,
        int maxLiveLeases,
        @Nullable LocalDate reviewBy,
        List<String> delegatesTo,
        List<Tool> tools) {

    /**
     * A tool of the ceiling.
     *
     * @param backend what its credentials are: {@code postgres}, {@code vault} or {@code jwt}
     * @param maxTtl how long one of its credentials lasts at most; absent: as long as the task
     * @param locations what {@code resource} may name beside {@code {issuer}/tools/{tool}}
     * @param datatypes what {@code datatypes} may name
     * @param access each task type with each action
     */
    public record Tool(
            String tool,
            String backend,
            @Nullable Duration maxTtl,
            List<String> locations,
            List<String> datatypes,
            List<Access> access) {}

    /**
     * One action of a tool in a task of a type.
     *
     * @param decision {@code permit}; {@code approval}: people must approve it, so ask with {@code completion_mode=deferred};
     *     {@code deny}; {@code unknown}: this cannot be said at the moment, or the agent may have more than can be listed
     * @param approvals groups that must approve it; absent: none
     * @param maxTtl how long policy lets the credential last; absent: it does not say
     */
    public record Access(
            String taskType,
            String action,
            String decision,
            @Nullable List<String> approvals,
            @Nullable Duration maxTtl) {}
}
