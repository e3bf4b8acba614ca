package io.errand.api;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A registered non-human identity.
 *
 * @param kind always {@code Agent}
 * @param owner a person or team who answers for it; required
 * @param purpose what it is for; required
 * @param identities the workload identities that are this agent; each belongs to one agent only
 * @param taskTypes what it may declare
 * @param tools its ceiling: nothing else is ever granted
 * @param maxTtl longest task; absent: {@code PT15M}
 * @param maxLiveLeases most leases that are live at once; absent: 50
 * @param fingerprint what it is made of; a declared one that differs is refused
 * @param onBehalfOf whose users it may act for; absent: nobody
 * @param delegatesTo agents that it may hand part of a task to
 * @param maxDelegationDepth levels of tasks below its own; absent: 0
 * @param reviewBy after this day (UTC) it is refused until its owner renews it; absent: no review
 * @param state {@code active}, {@code suspended} or {@code retired}; absent: {@code active}
 * @param onDrift {@code deny} or {@code defer} to the owner: what happens when it is made of something else than when its task
 *     began; absent: {@code deny}
 */
public record AgentResource(
        @Nullable String kind,
        @Nullable String name,
        @Nullable String owner,
        @Nullable String purpose,
        @Nullable List<Identity> identities,
        @Nullable List<String> taskTypes,
        @Nullable List<ToolGrant> tools,
        @Nullable Duration maxTtl,
        @Nullable Integer maxLiveLeases,
        @Nullable Fingerprint fingerprint,
        @Nullable List<OnBehalfOf> onBehalfOf,
        @Nullable List<String> delegatesTo,
        @Nullable Integer maxDelegationDepth,
        @Nullable LocalDate reviewBy,
        @Nullable String state,
        @Nullable String onDrift) {

    /** A subject at a registered issuer, both exact. */
    public record Identity(String issuer, String subject) {}

    /** A tool and the actions on it. */
    public record ToolGrant(String tool, List<String> actions) {}

    /** People of an issuer who came through one of these clients ({@code azp} or {@code client_id}). */
    public record OnBehalfOf(String issuer, List<String> clients) {}
}
