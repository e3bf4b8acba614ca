package io.errand.broker.policy;

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
import io.errand.broker.tool.Tool;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Puts a question in the words of the schema. Cedar checks each against the schema, so the two cannot drift apart unseen. */
final class Questions {

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

    private Questions() {}

    static Asked ask(Question question, Schema schema) {
        Entity agent = agent(question.agent());
        Entity tool = tool(question.tool());
        Entity declared = new Entity(
                DECLARED, Map.of(), Set.of(), declared(question.task().context()));
        Entity counters = new Entity(
                COUNTERS, Map.of(), Set.of(), counted(question.circumstances().session()));
        AuthorizationRequest request = new AuthorizationRequest(
                agent.getEUID(),
                ACTION.of(question.action()),
                tool.getEUID(),
                Optional.of(context(question)),
                Optional.of(schema),
                true);
        return new Asked(request, Set.of(agent, tool, declared, counters));
    }

    private static Entity agent(Agent agent) {
        Map<String, Value> attributes = new HashMap<>();
        attributes.put("name", text(agent.name()));
        attributes.put("owner", text(agent.owner()));
        attributes.put("purpose", text(agent.purpose()));
        attributes.put("tools", set(agent.ceiling().keySet()));
        attributes.put("task_types", set(agent.taskTypes()));
        attributes.put("delegates_to", set(agent.delegatesTo()));
        String model = agent.fingerprint().model();
        if (model != null) {
            attributes.put("model", text(model));
        }
        return new Entity(AGENT.of(agent.name()), attributes, Set.of());
    }

    private static Entity tool(Tool tool) {
        Map<String, Value> attributes = new HashMap<>();
        attributes.put("name", text(tool.name()));
        attributes.put("backend", text(tool.backend()));
        attributes.put("sensitivity", text(tool.sensitivity()));
        attributes.put("environment", text(tool.environment()));
        attributes.put("destination", text(tool.destination()));
        attributes.put("labels", set(tool.labels()));
        attributes.put("actions", set(tool.actions()));
        attributes.put(
                "datatypes",
                set(tool.datatypes().stream().map(ToolResource.Datatype::name).toList()));
        attributes.put("locations", set(tool.locations()));
        tool.tenant().ifPresent(tenant -> attributes.put("tenant", text(tenant)));
        return new Entity(TOOL.of(tool.name()), attributes, Set.of());
    }

    private static Map<String, Value> context(Question question) {
        Map<String, Value> context = new HashMap<>();
        context.put("actions", set(question.actions()));
        context.put("kinds", set(kinds(question)));
        context.put("task", task(question.task()));
        Circumstances circumstances = question.circumstances();
        context.put(
                "session",
                new CedarMap(Map.of(
                        "labels",
                        set(circumstances.session().labels()),
                        "tools",
                        set(circumstances.session().tools()),
                        "counters",
                        COUNTERS)));
        context.put(
                "approval",
                new CedarMap(Map.of(
                        "granted", new PrimBool(!circumstances.approvals().isEmpty()))));
        context.put(
                "fingerprint",
                new CedarMap(Map.of(
                        "attested",
                        new PrimBool(question.task().fingerprintAttested()),
                        "changed",
                        new PrimBool(circumstances.fingerprintChanged()))));
        context.put("sender_constrained", new PrimBool(circumstances.senderConstrained()));
        context.put("break_glass", new PrimBool(circumstances.breakGlass()));
        circumstances.runtime().ifPresent(runtime -> context.put("runtime", runtime(runtime)));
        context.put("now", now(circumstances.now()));
        return context;
    }

    /** The kinds of what is asked for, as the tool has them. */
    static Set<String> kinds(Question question) {
        Map<String, String> kinds = question.tool().kinds();
        return question.actions().stream()
                .map(action -> kinds.getOrDefault(action, UNKNOWN_KIND))
                .collect(Collectors.toSet());
    }

    private static Value task(Question.Facts task) {
        Map<String, Value> members = new HashMap<>();
        members.put("type", text(task.type()));
        members.put("purpose", text(task.purpose()));
        members.put("depth", new PrimLong((long) task.depth()));
        members.put("ttl_seconds", new PrimLong(task.ttl().toSeconds()));
        members.put("context", DECLARED);
        if (task.onBehalfOf() != null) {
            members.put("on_behalf_of", text(task.onBehalfOf()));
        }
        return new CedarMap(members);
    }

    private static Value runtime(Circumstances.Surroundings runtime) {
        Map<String, Value> members = new HashMap<>();
        if (runtime.environment() != null) {
            members.put("environment", text(runtime.environment()));
        }
        if (runtime.isolated() != null) {
            members.put("isolated", new PrimBool(runtime.isolated()));
        }
        return new CedarMap(members);
    }

    private static Map<String, Value> counted(Circumstances.Session session) {
        Map<String, Value> tags = new HashMap<>();
        session.counters().forEach((counter, count) -> tags.put(counter, new PrimLong(count)));
        return tags;
    }

    private static Value now(Instant now) {
        ZonedDateTime utc = now.atZone(ZoneOffset.UTC);
        return new CedarMap(Map.of(
                "at", new DateTime(AT.format(now)),
                "hour", new PrimLong((long) utc.getHour()),
                "weekday", new PrimLong((long) utc.getDayOfWeek().getValue())));
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
        return new CedarList(values.stream().map(Questions::text).toList());
    }

    private static EntityTypeName type(String name) {
        return EntityTypeName.parse(name).orElseThrow();
    }
}
