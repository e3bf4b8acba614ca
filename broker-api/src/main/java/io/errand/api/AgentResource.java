package io.errand.api;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A registered non-human identity.
 *
 * @param kind always {@code Agent}
 * @param name how policies, tokens and commands call it
 * @param owner a person or team who answers for it; required
 * @param purpose what it is for; required
 * @param identities the workload identities that are this agent; each belongs to one agent only, and no prefix of one agent
 *     begins with another's
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
        @Constraint(required = true, oneOf = "Agent") @Nullable
        String kind,

        @Constraint(required = true, pattern = Constraint.NAME) @Nullable
        String name,

        @Constraint(required = true) @Nullable String owner,
        @Constraint(required = true) @Nullable String purpose,
        @Nullable List<Identity> identities,

        @Constraint(required = true, min = 1, pattern = Constraint.NAME) @Nullable
        List<String> taskTypes,

        @Nullable List<ToolGrant> tools,
        @Nullable Duration maxTtl,
        @Constraint(min = 1, max = 100_000) @Nullable Integer maxLiveLeases,
        @Nullable Fingerprint fingerprint,
        @Nullable List<OnBehalfOf> onBehalfOf,
        @Constraint(pattern = Constraint.NAME) @Nullable List<String> delegatesTo,
        @Constraint(min = 0, max = 16) @Nullable Integer maxDelegationDepth,
        @Nullable LocalDate reviewBy,

        @Constraint(oneOf = {"active", "suspended", "retired"}) @Nullable
        String state,

        @Constraint(oneOf = {"deny", "defer"}) @Nullable String onDrift) {

    /**
     * Who of a registered issuer it is: exactly one of the two.
     *
     * @param issuer the issuer's name
     * @param subject exact, character by character
     * @param subjectPrefix what subjects begin with, of agents only: it ends with {@code /} or {@code :}, and what comes after it
     *     has no empty, {@code .} or {@code ..} part. An exact subject of any agent goes before it
     */
    public record Identity(
            @Constraint(pattern = Constraint.NAME) String issuer,
            @Nullable String subject,
            @Nullable String subjectPrefix) {

        public Identity(String issuer, String subject) {
            this(issuer, subject, null);
        }
    }

    /**
     * A tool and the actions on it.
     *
     * @param tool the tool's name
     * @param actions some of the tool's; at least one
     */
    public record ToolGrant(
            @Constraint(pattern = Constraint.NAME) String tool,
            @Constraint(min = 1, pattern = Constraint.NAME) List<String> actions) {}

    /**
     * People of an issuer who came through one of these clients.
     *
     * @param issuer the issuer's name
     * @param clients their {@code azp} or {@code client_id}; at least one
     */
    public record OnBehalfOf(
            @Constraint(pattern = Constraint.NAME) String issuer,
            @Constraint(min = 1) List<String> clients) {}
}
