package io.errand.broker.policy.whatif;

import io.errand.api.AgentResource;
import io.errand.api.Fingerprint;
import io.errand.api.ToolResource;
import io.errand.broker.agent.Agent;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Agents and tools that exist in a test only. */
final class HypotheticalEntities {

    private static final UUID NOBODY = new UUID(0, 0);
    private static final Duration QUARTER = Duration.ofMinutes(15);

    private HypotheticalEntities() {}

    static Agent agent(AgentResource resource) {
        Map<String, Set<String>> ceiling = new HashMap<>();
        some(resource.tools()).forEach(grant -> ceiling.put(grant.tool(), Set.copyOf(some(grant.actions()))));
        return new Agent(
                NOBODY,
                text(resource.name(), ""),
                0,
                Agent.State.ACTIVE,
                text(resource.owner(), "owner@example.com"),
                text(resource.purpose(), "A test"),
                Set.copyOf(some(resource.taskTypes())),
                ceiling,
                resource.maxTtl() == null ? QUARTER : resource.maxTtl(),
                50,
                resource.fingerprint() == null ? new Fingerprint(null, null, null, null) : resource.fingerprint(),
                List.of(),
                Set.copyOf(some(resource.delegatesTo())),
                0,
                Optional.empty(),
                Agent.OnDrift.DENY,
                Map.of());
    }

    /** The same agent, if it had this ceiling. */
    static Agent within(Agent agent, Map<String, Set<String>> ceiling) {
        return new Agent(
                agent.id(),
                agent.name(),
                agent.version(),
                agent.state(),
                agent.owner(),
                agent.purpose(),
                agent.taskTypes(),
                ceiling,
                agent.maxTtl(),
                agent.maxLiveLeases(),
                agent.fingerprint(),
                agent.onBehalfOf(),
                agent.delegatesTo(),
                agent.maxDelegationDepth(),
                agent.reviewBy(),
                agent.onDrift(),
                agent.attestedBy());
    }

    static Tool tool(ToolResource resource) {
        return new Tool(
                NOBODY,
                text(resource.name(), ""),
                0,
                text(resource.backend(), "jwt"),
                Set.copyOf(some(resource.actions())),
                text(resource.sensitivity(), "internal"),
                text(resource.environment(), "production"),
                text(resource.destination(), "internal"),
                Set.copyOf(some(resource.labels())),
                some(resource.datatypes()),
                resource.kinds() == null ? Map.of() : resource.kinds(),
                Optional.ofNullable(resource.tenant()),
                some(resource.locations()),
                List.of(),
                Optional.ofNullable(resource.maxTtl()),
                Map.of(),
                Tool.MarksOn.USE);
    }

    private static <T> List<T> some(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static String text(@Nullable String value, String otherwise) {
        return value == null ? otherwise : value;
    }
}
