package io.errand.policy;

import io.errand.api.Fingerprint;
import io.errand.api.ToolResource;
import io.errand.broker.agent.Agent;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Questions: {@code invoice-triage} asks to read {@code orders-db} for a triage task, unless something is said. */
record Ask(
        String action,
        String agent,
        String sensitivity,
        String environment,
        List<String> actions,
        String type,
        @Nullable String onBehalfOf,
        Map<String, Object> context,
        PolicyContext policyContext) {

    /** A Sunday, 05:28 UTC. */
    static final Instant NOW = Instant.parse("2026-11-22T05:28:18.123456Z");

    static Ask toRead() {
        return new Ask(
                "issue",
                "invoice-triage",
                "internal",
                "production",
                List.of("read"),
                "triage",
                null,
                Map.of(),
                PolicyContext.at(NOW));
    }

    Ask as(String name) {
        return new Ask(action, name, sensitivity, environment, actions, type, onBehalfOf, context, policyContext);
    }

    Ask to(String verb) {
        return new Ask(verb, agent, sensitivity, environment, actions, type, onBehalfOf, context, policyContext);
    }

    Ask of(String level) {
        return new Ask(action, agent, level, environment, actions, type, onBehalfOf, context, policyContext);
    }

    Ask in(String place) {
        return new Ask(action, agent, sensitivity, place, actions, type, onBehalfOf, context, policyContext);
    }

    Ask doing(String... names) {
        return new Ask(
                action, agent, sensitivity, environment, List.of(names), type, onBehalfOf, context, policyContext);
    }

    Ask forTask(String name) {
        return new Ask(action, agent, sensitivity, environment, actions, name, onBehalfOf, context, policyContext);
    }

    Ask onBehalf(String person) {
        return new Ask(action, agent, sensitivity, environment, actions, type, person, context, policyContext);
    }

    Ask declaring(Map<String, Object> facts) {
        return new Ask(action, agent, sensitivity, environment, actions, type, onBehalfOf, facts, policyContext);
    }

    Ask bound() {
        return new Ask(
                action,
                agent,
                sensitivity,
                environment,
                actions,
                type,
                onBehalfOf,
                context,
                policyContext.senderConstrained(true));
    }

    Ask breakingGlass() {
        return new Ask(
                action,
                agent,
                sensitivity,
                environment,
                actions,
                type,
                onBehalfOf,
                context,
                policyContext.breakGlass(true));
    }

    PolicyRequest question() {
        Agent asking = new Agent(
                new UUID(0, 1),
                agent,
                1,
                Agent.State.ACTIVE,
                "ap-team@example.com",
                "Match incoming invoices to orders",
                Set.of("triage"),
                Map.of("orders-db", Set.of("read")),
                Duration.ofMinutes(15),
                50,
                new Fingerprint("model-1", null, null, null),
                List.of(),
                Set.of(),
                0,
                Optional.empty(),
                Agent.OnDrift.DENY,
                Map.of());
        Tool tool = new Tool(
                new UUID(0, 2),
                "orders-db",
                1,
                "postgres",
                Set.of("read", "write", "vacuum"),
                sensitivity,
                environment,
                "internal",
                Set.of("customer-pii"),
                List.of(new ToolResource.Datatype("customers", "restricted", null)),
                Map.of("read", "read", "write", "write"),
                Optional.of("emea"),
                List.of("https://orders.example"),
                List.of(),
                Optional.empty(),
                Map.of(),
                Tool.MarksOn.USE);
        PolicyRequest.Facts task = new PolicyRequest.Facts(
                type, "Match \"invoice\" 42", 0, onBehalfOf, Duration.ofMinutes(10), context, false, true);
        return new PolicyRequest(action, asking, tool, actions, task, policyContext);
    }
}
