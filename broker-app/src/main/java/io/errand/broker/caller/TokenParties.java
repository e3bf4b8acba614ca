package io.errand.broker.caller;

import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.lease.Leases;
import io.errand.broker.task.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who acts for whom in a task, as tokens, tools and introspection show it. Read from the task's row, never from a token. */
public final class TokenParties {

    private TokenParties() {}

    /** {@code sub}, {@code act} when it acts for another, {@code task}. */
    public static Map<String, Object> of(Task task) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("sub", task.subject());
        act(task).ifPresent(act -> claims.put("act", act));
        claims.put(
                "task",
                Map.of(
                        "id",
                        task.id().toString(),
                        "type",
                        task.type(),
                        "root",
                        task.root().toString()));
        return claims;
    }

    /**
     * RFC 8693 §4.1: the outermost is who acts now, and inside it those through whom it came. An agent that acts for itself is
     * {@code sub} and no actor.
     */
    private static Optional<Map<String, Object>> act(Task task) {
        List<String> chain = task.chain();
        boolean itsOwn = task.onBehalfOf().isEmpty();
        // Another deployment's actors came before all of ours.
        Map<String, Object> act = task.vouched().map(Vouched::act).orElse(Map.of());
        for (String actor : itsOwn ? chain.subList(1, chain.size()) : chain) {
            String sub = "agent:" + actor;
            act = act.isEmpty() ? Map.of("sub", sub) : Map.of("sub", sub, "act", act);
        }
        return Optional.of(act).filter(some -> !some.isEmpty());
    }

    /** What {@link io.errand.broker.credential.Order#task()} carries. */
    public static Map<String, Object> onCredential(Task task, Leases.Opened lease, Optional<Approved> approval) {
        Map<String, Object> order = new LinkedHashMap<>();
        order.put("task", task.id().toString());
        order.put("type", task.type());
        order.put("root", task.root().toString());
        order.put("agent", task.agent());
        order.put("sub", task.subject());
        act(task).ifPresent(act -> order.put("act", act));
        // Who holds the task's key holds the credential: RFC 7800 section 3.
        if (lease.cnf() != null) {
            order.put("cnf", lease.cnf());
        }
        approval.ifPresent(approved -> order.put(
                "approval",
                Map.of(
                        "id",
                        approved.id().toString(),
                        "groups",
                        approved.groups().stream().sorted().toList())));
        lease.tool().tenant().ifPresent(tenant -> order.put("tenant", tenant));
        order.put("authorization_details", List.of(lease.granted()));
        return order;
    }
}
