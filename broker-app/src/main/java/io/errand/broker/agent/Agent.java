package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.api.Fingerprint;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A registered agent as the other rooms see it: the resource with its defaults filled in.
 *
 * @param version of its row; what an approval or a decision was made for
 * @param attestedBy members of its fingerprint, with the claim of its identity token that says what they are
 * @param ceiling tool name to the actions that it may ever have on it
 */
public record Agent(
        UUID id,
        String name,
        long version,
        State state,
        String owner,
        String purpose,
        Set<String> taskTypes,
        Map<String, Set<String>> ceiling,
        Duration maxTtl,
        int maxLiveLeases,
        Fingerprint fingerprint,
        List<AgentResource.OnBehalfOf> onBehalfOf,
        Set<String> delegatesTo,
        int maxDelegationDepth,
        Optional<LocalDate> reviewBy,
        OnDrift onDrift,
        Map<String, String> attestedBy) {

    /** What happens when it is made of something else than when its task began. */
    public enum OnDrift {
        DENY,
        DEFER,
        /** Refused as with {@link #DENY}, and suspended. */
        SUSPEND
    }

    /**
     * Where an agent stands in its life. A draft has its name and its identities, and gets nothing. Retired is the end: its
     * identities are free again, its name is not.
     */
    public enum State {
        DRAFT,
        ACTIVE,
        SUSPENDED,
        RETIRED
    }
}
