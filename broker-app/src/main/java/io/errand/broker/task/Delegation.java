package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Part of a task, handed to another agent.
 *
 * @param parent as it was when this was read
 * @param agent who may take it up
 * @param ceiling what may be asked for by whoever takes it up, at most
 * @param expiresAt until when it can be taken up, and the latest end of what comes of it
 */
public record Delegation(
        UUID id,
        Task parent,
        UUID agentId,
        String agent,
        String purpose,
        List<AuthorizationDetail> ceiling,
        Instant expiresAt) {}
