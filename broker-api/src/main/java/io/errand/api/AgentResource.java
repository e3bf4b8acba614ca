package io.errand.api;

import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * @param state {@code draft}, {@code active}, {@code suspended} or {@code retired}; absent: what it is, and {@code active} of a
 *     new one
 * @param onDrift {@code deny}, {@code defer} to the owner, or {@code suspend}, which refuses too: what happens when it is made of
 *     something else than what is registered, or than when its task began; absent: {@code deny}
 * @param attestedBy members of the fingerprint ({@code model}, {@code prompt_sha256}, {@code toolchain_sha256},
 *     {@code data_sha256}) that are what a claim of its identity token says, whatever it declares, with the name of the claim;
 *     a token without that claim is refused; absent: none is
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

        @Constraint(oneOf = {"draft", "active", "suspended", "retired"}) @Nullable
        String state,

        @Constraint(oneOf = {"deny", "defer", "suspend"}) @Nullable
        String onDrift,

        @Nullable Map<String, String> attestedBy) {

    /** The same agent elsewhere in its life. */
    public AgentResource withState(String other) {
        return with(owner, reviewBy, other);
    }

    /** The same agent, for which somebody else answers. */
    public AgentResource withOwner(String other) {
        return with(other, reviewBy, state);
    }

    /** The same agent, to be looked at again by another day. */
    public AgentResource withReviewBy(LocalDate other) {
        return with(owner, other, state);
    }

    /** The same agent, made of something else. */
    public AgentResource withFingerprint(Fingerprint other) {
        return with(owner, reviewBy, state, tools, other);
    }

    /** The same agent, which may not do this on the tool any more; of a tool without an action nothing is left. */
    public AgentResource without(String tool, Set<String> actions) {
        List<ToolGrant> left = new ArrayList<>();
        for (ToolGrant grant : tools == null ? List.<ToolGrant>of() : tools) {
            List<String> kept = grant.tool().equals(tool)
                    ? grant.actions().stream()
                            .filter(action -> !actions.contains(action))
                            .toList()
                    : grant.actions();
            if (!kept.isEmpty()) {
                left.add(new ToolGrant(grant.tool(), kept));
            }
        }
        return with(owner, reviewBy, state, left, fingerprint);
    }

    private AgentResource with(@Nullable String owner, @Nullable LocalDate reviewBy, @Nullable String state) {
        return with(owner, reviewBy, state, tools, fingerprint);
    }

    private AgentResource with(
            @Nullable String owner,
            @Nullable LocalDate reviewBy,
            @Nullable String state,
            @Nullable List<ToolGrant> tools,
            @Nullable Fingerprint fingerprint) {
        return new AgentResource(
                kind,
                name,
                owner,
                purpose,
                identities,
                taskTypes,
                tools,
                maxTtl,
                maxLiveLeases,
                fingerprint,
                onBehalfOf,
                delegatesTo,
                maxDelegationDepth,
                reviewBy,
                state,
                onDrift,
                attestedBy);
    }

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
