package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.entity.Entity;
import com.cedarpolicy.model.schema.Schema;
import com.cedarpolicy.value.CedarList;
import com.cedarpolicy.value.CedarMap;
import com.cedarpolicy.value.DateTime;
import com.cedarpolicy.value.EntityTypeName;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import com.cedarpolicy.value.Value;
import io.errand.api.ToolResource;
import io.errand.broker.agent.Agent;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.tool.Tool;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Writes a request in the terms of the Cedar schema. The first request of each subset is validated against the schema, so the
 * two cannot drift apart unnoticed.
 */
public final class CedarRequests {

    /** Those of the schema. */
    public static final Set<String> ACTIONS = Set.of("issue", "use", "delegate");

    private static final EntityTypeName AGENT = type("Errand::Agent");
    private static final EntityTypeName TOOL = type("Errand::Tool");
    private static final EntityTypeName ACTION = type("Errand::Action");
    private static final EntityUID DECLARED = type("Errand::Declared").of("task");
    private static final EntityUID COUNTERS = type("Errand::Counters").of("session");

    /** The kind of an action of which the tool does not say what it is; no list of harmless kinds contains it (P5). */
    private static final String UNKNOWN_KIND = "unknown";

    private static final DateTimeFormatter AT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** A question as Cedar takes it. */
    record Asked(AuthorizationRequest request, Set<Entity> entities) {}

    private CedarRequests() {}

    /** Members, as far as the policies name them. */
    private record Members(ReferencedAttributes referencedAttributes, Map<String, Value> values) {

        static Members of(ReferencedAttributes referencedAttributes) {
            return new Members(referencedAttributes, new HashMap<>());
        }

        Members put(String name, Supplier<Value> value) {
            if (referencedAttributes.name(name)) {
                values.put(name, value.get());
            }
            return this;
        }

        Members put(String name, Optional<Value> value) {
            return value.isPresent() ? put(name, value::get) : this;
        }

        Value record() {
            return new CedarMap(values);
        }
    }

    /**
     * With what the policies name. A question that holds all is checked against the schema; others lack what it requires.
     *
     * @param named by the policies that are asked
     */
    static Asked ask(PolicyRequest policyRequest, ReferencedAttributes named, Schema schema) {
        // The schema refuses what is none of its actions.
        ReferencedAttributes referencedAttributes =
                ACTIONS.contains(policyRequest.action()) ? named : ReferencedAttributes.ALL;
        EntityUID agent = AGENT.of(policyRequest.agent().name());
        EntityUID tool = TOOL.of(policyRequest.tool().name());
        Set<Entity> entities = new HashSet<>();
        Map<String, Value> ofAgent = agent(policyRequest.agent(), Members.of(referencedAttributes));
        Map<String, Value> ofTool = tool(policyRequest.tool(), Members.of(referencedAttributes));
        // An entity that is not there has no members and no tags, which is all that an empty one says.
        if (!ofAgent.isEmpty()) {
            entities.add(new Entity(agent, ofAgent, Set.of()));
        }
        if (!ofTool.isEmpty()) {
            entities.add(new Entity(tool, ofTool, Set.of()));
        }
        if (referencedAttributes.name("hasTag") || referencedAttributes.name("getTag")) {
            entities.add(new Entity(
                    DECLARED, Map.of(), Set.of(), declared(policyRequest.task().context())));
            entities.add(new Entity(
                    COUNTERS,
                    Map.of(),
                    Set.of(),
                    counted(policyRequest.policyContext().session())));
        }
        AuthorizationRequest request = new AuthorizationRequest(
                agent,
                ACTION.of(policyRequest.action()),
                tool,
                Optional.of(context(policyRequest, referencedAttributes)),
                referencedAttributes.everything() ? Optional.of(schema) : Optional.empty(),
                referencedAttributes.everything());
        return new Asked(request, entities);
    }

    private static Map<String, Value> agent(Agent agent, Members members) {
        return members.put("name", () -> text(agent.name()))
                .put("owner", () -> text(agent.owner()))
                .put("purpose", () -> text(agent.purpose()))
                .put("tools", () -> set(agent.ceiling().keySet()))
                .put("task_types", () -> set(agent.taskTypes()))
                .put("delegates_to", () -> set(agent.delegatesTo()))
                .put("model", Optional.ofNullable(agent.fingerprint().model()).map(CedarRequests::text))
                .values();
    }

    private static Map<String, Value> tool(Tool tool, Members members) {
        return members.put("name", () -> text(tool.name()))
                .put("backend", () -> text(tool.backend()))
                .put("sensitivity", () -> text(tool.sensitivity()))
                .put("environment", () -> text(tool.environment()))
                .put("destination", () -> text(tool.destination()))
                .put("labels", () -> set(tool.labels()))
                .put("actions", () -> set(tool.actions()))
                .put(
                        "datatypes",
                        () -> set(tool.datatypes().stream()
                                .map(ToolResource.Datatype::name)
                                .toList()))
                .put("locations", () -> set(tool.locations()))
                .put("tenant", tool.tenant().map(CedarRequests::text))
                .values();
    }

    private static Map<String, Value> context(PolicyRequest policyRequest, ReferencedAttributes referencedAttributes) {
        PolicyContext known = policyRequest.policyContext();
        return Members.of(referencedAttributes)
                .put("actions", () -> set(policyRequest.actions()))
                .put("kinds", () -> set(kinds(policyRequest)))
                .put("task", () -> task(policyRequest.task(), Members.of(referencedAttributes)))
                .put("session", () -> session(known.session(), Members.of(referencedAttributes)))
                .put(
                        "approval",
                        () -> new CedarMap(Map.of(
                                "granted", new PrimBool(!known.approvals().isEmpty()))))
                .put(
                        "fingerprint",
                        () -> new CedarMap(Map.of(
                                "attested",
                                new PrimBool(policyRequest.task().fingerprintAttested()),
                                "changed",
                                new PrimBool(known.fingerprintChanged()))))
                .put("sender_constrained", () -> new PrimBool(known.senderConstrained()))
                .put("break_glass", () -> new PrimBool(known.breakGlass()))
                .put("risk", () -> new PrimLong((long) known.risk()))
                .put("exceptions", () -> set(known.exceptions()))
                .put("runtime", known.runtime().map(CedarRequests::runtime))
                .put("now", () -> now(known.now(), Members.of(referencedAttributes)))
                .values();
    }

    private static Value session(PolicyContext.Session session, Members members) {
        return members.put("labels", () -> set(session.labels()))
                .put("person_labels", () -> set(session.personLabels()))
                .put("tools", () -> set(session.tools()))
                .put("counters", () -> COUNTERS)
                .record();
    }

    /** The kinds of what is asked for, as the tool has them. */
    public static Set<String> kinds(PolicyRequest policyRequest) {
        Map<String, String> kinds = policyRequest.tool().kinds();
        return policyRequest.actions().stream()
                .map(action -> kinds.getOrDefault(action, UNKNOWN_KIND))
                .collect(Collectors.toSet());
    }

    private static Value task(PolicyRequest.Facts task, Members members) {
        return members.put("type", () -> text(task.type()))
                .put("purpose", () -> text(task.purpose()))
                .put("depth", () -> new PrimLong((long) task.depth()))
                .put("ttl_seconds", () -> new PrimLong(task.ttl().toSeconds()))
                .put("context", () -> DECLARED)
                .put("declared", () -> new PrimBool(task.declared()))
                .put("on_behalf_of", Optional.ofNullable(task.onBehalfOf()).map(CedarRequests::text))
                .record();
    }

    private static Value runtime(PolicyContext.Surroundings runtime) {
        Map<String, Value> members = new HashMap<>();
        if (runtime.environment() != null) {
            members.put("environment", text(runtime.environment()));
        }
        if (runtime.isolated() != null) {
            members.put("isolated", new PrimBool(runtime.isolated()));
        }
        return new CedarMap(members);
    }

    private static Map<String, Value> counted(PolicyContext.Session session) {
        Map<String, Value> tags = new HashMap<>();
        session.counters().forEach((counter, count) -> tags.put(counter, new PrimLong(count)));
        return tags;
    }

    private static Value now(Instant now, Members members) {
        ZonedDateTime utc = now.atZone(ZoneOffset.UTC);
        return members.put("at", () -> new DateTime(AT.format(now)))
                .put("hour", () -> new PrimLong((long) utc.getHour()))
                .put("weekday", () -> new PrimLong((long) utc.getDayOfWeek().getValue()))
                .record();
    }

    /** Lists and objects are left out: a schema cannot give a type to what an agent makes up. */
    private static Map<String, Value> declared(Map<String, Object> context) {
        Map<String, Value> tags = new HashMap<>();
        context.forEach((member, value) -> {
            if (value instanceof String || value instanceof Number || value instanceof Boolean) {
                tags.put(member, text(value.toString()));
            }
        });
        return tags;
    }

    private static Value text(String value) {
        return new PrimString(value);
    }

    private static Value set(Collection<String> values) {
        return new CedarList(values.stream().map(CedarRequests::text).toList());
    }

    private static EntityTypeName type(String name) {
        return EntityTypeName.parse(name).orElseThrow();
    }
}
