package io.errand.broker.caller;

import io.errand.api.Json;
import io.errand.broker.approval.BreakGlass;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.identity.Identity;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.shared.Ids;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Collects the steps of one request for its one audit event (P4). Not thread-safe. */
public final class DecisionTrace {

    private static final JsonMapper JSON = Json.mapper();
    private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

    private final UUID decision = Ids.next();
    private final List<Map<String, Object>> steps = new ArrayList<>();
    private @Nullable String who;
    private @Nullable String agent;
    private @Nullable UUID task;
    private @Nullable Identity nobody;
    private @Nullable PolicyRequest asked;

    public UUID decision() {
        return decision;
    }

    public void who(String caller) {
        who = caller;
    }

    public void agent(String name) {
        agent = name;
    }

    /** Empty: nobody has shown who they are. */
    public Optional<String> agent() {
        return Optional.ofNullable(agent);
    }

    /** Who was verified, and is no agent. */
    public void nobody(Identity identity) {
        nobody = identity;
    }

    public Optional<Identity> nobody() {
        return Optional.ofNullable(nobody);
    }

    public void task(UUID id) {
        task = id;
    }

    /** A step that was passed, with what it found: names and values in turn. */
    public void passed(String step, Object... found) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("step", step);
        for (int i = 0; i < found.length; i += 2) {
            entry.put((String) found[i], found[i + 1]);
        }
        steps.add(entry);
    }

    /** What came of it so far, for {@link #rewind}. */
    public int mark() {
        return steps.size();
    }

    /** What was found since was decided on something that is not so: it is decided again. */
    public void rewind(int mark) {
        steps.subList(mark, steps.size()).clear();
        asked = null;
    }

    /** What policy said about one tool. */
    public void ruled(PolicyRequest policyRequest, PolicyDecision policyDecision) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("step", "policy");
        entry.put("tool", policyRequest.tool().name());
        entry.put("tool_version", policyRequest.tool().version());
        entry.put("action", policyRequest.action());
        entry.put("actions", policyRequest.actions());
        entry.put("effect", policyDecision.effect());
        entry.put("policies", policyDecision.policies());
        if (policyDecision instanceof PolicyDecision.Deny deny) {
            entry.put("reason", deny.reason());
        }
        if (policyDecision instanceof PolicyDecision.Permit permit
                && !permit.lifted().isEmpty()) {
            entry.put("lifted", permit.lifted());
        }
        if (!policyDecision.observed().isEmpty()) {
            entry.put("observed", policyDecision.observed());
        }
        steps.add(entry);
        asked = policyRequest;
    }

    /** The same, with the break-glass that it counts on. */
    public void ruled(BreakGlass.Ruled ruled) {
        ruled(ruled.policyRequest(), ruled.policyDecision());
        ruled.breakGlass()
                .ifPresent(id -> passed(
                        "break_glass", "tool", ruled.policyRequest().tool().name(), "break_glass", id.toString()));
    }

    public AuditEvent event(String kind) {
        return AuditEvent.of(kind)
                .by(who)
                .agent(agent)
                .task(task)
                .decision(decision)
                .with("agent_version", asked == null ? null : asked.agent().version())
                .with("question", asked == null ? null : JSON.convertValue(asked.recorded(), MEMBERS))
                .with("steps", List.copyOf(steps));
    }

    public AuditEvent denied(Refusal refusal) {
        return event("exchange.denied")
                .outcome("denied")
                .with("reason", refusal.reason())
                .with("detail", refusal.detail())
                .with("error", refusal.code());
    }
}
