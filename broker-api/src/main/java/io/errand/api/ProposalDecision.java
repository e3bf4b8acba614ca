package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of a proposal.
 *
 * @param decision {@code dismiss}; {@code adopt}, of one that narrows: the agent's ceiling loses it. One that widens is adopted by changing the
 *     agent
 * @param comment at most 1024 bytes of UTF-8
 */
public record ProposalDecision(
        @Nullable String decision, @Nullable String comment) {}
