package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of an agent's ceiling that its owner is to consider. {@code widen} is what the agent asked for outside its ceiling, with
 * {@code propose=true}; {@code narrow} is what of its ceiling it did not need for a time. It changes nothing: it is adopted when an
 * administrator changes the agent so that its ceiling has it, or does not have it any more.
 *
 * @param kind {@code widen} or {@code narrow}
 * @param proposedBy the administrator who proposed it; absent: the agent asked for it
 * @param tool a name; a tool of that name need not exist
 * @param actions sorted; empty: the tool was named alone; of {@code narrow}: those to be removed
 * @param taskType of the task that it was asked for; empty: of none
 * @param purpose of that task, in the agent's words, or why it is to be narrowed; at most 1024 bytes of UTF-8
 * @param asked how often
 * @param state {@code open}, {@code adopted} or {@code dismissed}
 * @param closedBy the administrator who changed the agent or dismissed it
 */
public record ProposalView(
        String id,
        String kind,
        String agent,
        String owner,
        String tool,
        List<String> actions,
        String taskType,
        String purpose,
        String state,
        int asked,
        Instant createdAt,
        Instant lastAskedAt,
        @Nullable Instant closedAt,
        @Nullable String closedBy,
        @Nullable String comment,
        @Nullable String proposedBy) {}
