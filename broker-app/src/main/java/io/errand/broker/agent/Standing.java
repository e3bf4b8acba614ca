package io.errand.broker.agent;

/** Whether an agent may have anything at all now. */
public sealed interface Standing {

    record Good() implements Standing {}

    /**
     * Nobody answers for it: it may go on with the tasks that it has, and begin none.
     *
     * @param reason {@code agent_without_owner}
     */
    record Finishing(String reason, String detail) implements Standing {}

    /**
     * @param reason a stable name: {@code agent_draft}, {@code agent_suspended}, {@code agent_retired},
     *     {@code agent_past_review}
     */
    record Bad(String reason, String detail) implements Standing {}
}
