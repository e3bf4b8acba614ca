package io.errand.broker.tool;

import io.errand.api.AgentResource;
import io.errand.api.ToolResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A registered tool as the other rooms see it: the resource with its defaults filled in. */
public record Tool(
        UUID id,
        String name,
        long version,
        String backend,
        Set<String> actions,
        String sensitivity,
        String environment,
        String destination,
        Set<String> labels,
        List<ToolResource.Datatype> datatypes,
        Map<String, String> kinds,
        Optional<String> tenant,
        List<String> locations,
        List<AgentResource.Identity> identities,
        Optional<Duration> maxTtl,
        Map<String, Object> config,
        MarksOn marksOn) {

    /** When the session of whoever has this tool is marked. */
    public enum MarksOn {
        /** At each use that is permitted. */
        USE,
        /** Already when a credential is made, since nobody reports its use. */
        ISSUE
    }
}
