package io.errand.cli.mcp;

import io.errand.client.Decision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Calls to which the server answered {@code input_required}, and which their client may send again with what was asked for (MCP
 * 2026-07-28, Multi Round-Trip Requests). Such a request belongs to the decision that the call had.
 *
 * <p>It is known by its method, name and arguments, and by the state that the server gave with its answer; where it gave none, by
 * the keys of what it asked for. Each answer of the server's allows one.
 */
final class Continuations {

    /** Requests after the first, for one decision. */
    static final int MAX_ROUNDS = 8;

    /** The oldest is forgotten: what continues it is a new call, and what came of it stays unknown. */
    private static final int MAX_AWAITED = 1024;

    private static final int MAX_TAKEN = 4096;

    private final Map<String, Deque<Step>> awaited = new BoundedMap<>(MAX_AWAITED);
    private final Set<String> taken = Collections.newSetFromMap(new BoundedMap<>(MAX_TAKEN));

    /** @param round 0 for the call itself */
    record Step(Subject subject, Decision decision, int round) {

        Step next() {
            return new Step(subject, decision, round + 1);
        }
    }

    /** What a request is. */
    sealed interface Claim {

        record NewCall() implements Claim {}

        record Continues(Step step) implements Claim {}

        /** It was sent before: the server would do what it did then once more. */
        record Repeated() implements Claim {}
    }

    synchronized Claim claim(Subject subject, JsonNode params) {
        if (text(params, "requestState") == null
                && params.path("inputResponses").isMissingNode()) {
            return new Claim.NewCall();
        }
        String key = key(subject, text(params, "requestState"), params.path("inputResponses"));
        Deque<Step> steps = awaited.get(key);
        if (steps == null) {
            return taken.contains(key) ? new Claim.Repeated() : new Claim.NewCall();
        }
        Step step = steps.remove();
        if (steps.isEmpty()) {
            awaited.remove(key);
        }
        taken.add(key);
        return new Claim.Continues(step.next());
    }

    /** The server asked for input. False: it has done so too often, or it gave nothing to know a continuation by. */
    synchronized boolean await(Step step, JsonNode result) {
        String state = text(result, "requestState");
        if (step.round() >= MAX_ROUNDS
                || (state == null && result.path("inputRequests").isEmpty())) {
            return false;
        }
        awaited.computeIfAbsent(key(step.subject(), state, result.path("inputRequests")), key -> new ArrayDeque<>())
                .add(step);
        return true;
    }

    /** @param asked an object whose members are what is asked for, or the answers */
    private static String key(Subject subject, @Nullable String state, JsonNode asked) {
        List<String> parts = new ArrayList<>(List.of(
                subject.kind().name(), subject.name(), subject.argumentsSha256(), state == null ? "keys" : "state"));
        parts.addAll(state == null ? new TreeSet<>(asked.propertyNames()) : List.of(state));
        return Digests.of(parts);
    }

    private static @Nullable String text(JsonNode node, String member) {
        return node.path(member).stringValue(null);
    }
}
