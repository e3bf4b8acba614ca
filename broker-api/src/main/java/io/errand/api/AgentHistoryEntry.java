package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change in the life of an agent.
 *
 * @param change {@code created}, {@code activated}, {@code suspended}, {@code retired},
 *     {@code transferred} or {@code baselined}
 * @param before the state, or where that changed the owner or the members of the fingerprint; absent: it was not there
 * @param after likewise
 * @param who {@code person:<issuer>:<subject>}
 * @param reason absent: it came by a PUT of the whole resource, which gives none
 * @param probes in the answer to an activation: what the probes of its tools found; else absent
 */
public record AgentHistoryEntry(
        String id,
        String agent,
        String change,
        @Nullable String before,
        @Nullable String after,
        String who,
        @Nullable String reason,
        Instant at,
        @Nullable List<ToolProbe> probes) {

    /** The same in the answer to an activation. */
    public AgentHistoryEntry withProbes(List<ToolProbe> found) {
        return new AgentHistoryEntry(id, agent, change, before, after, who, reason, at, found);
    }
}
