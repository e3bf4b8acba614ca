package io.errand.broker.agent;

/** Whether an agent may have anything at all now. */
public sealed interface Standing {

    record Good() implements Standing {}

    /**
     * @param reason a stable name: {@code agent_suspended}, {@code agent_retired}, {@code agent_without_owner},
     *     {@code agent_past_review}
     */
    record Bad(String reason, String detail) implements Standing {}
}
