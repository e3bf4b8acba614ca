package io.errand.cli.mcp;

import io.errand.cli.mcp.OpenRequests.Request;
import io.errand.cli.mcp.OpenRequests.RequestKey;
import io.errand.cli.mcp.ToolMap.Target;
import io.errand.client.Decision;
import io.errand.client.Outcome;
import io.errand.client.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** What happens to each message. Where no decision can be had, the answer is no. */
public final class Guard {

    private final Task task;
    private final ToolMap tools;
    private final Consumer<String> note;
    private final Outcomes outcomes;
    private final OpenRequests open = new OpenRequests();

    /** @param note for the person who runs this; one line */
    public Guard(Task task, ToolMap tools, Consumer<String> note) {
        this.task = task;
        this.tools = tools;
        this.note = note;
        this.outcomes = new Outcomes(task, note);
    }

    /** What becomes of a message. */
    sealed interface Fate {

        record Pass(Message message) implements Fate {}

        /**
         * A permitted call.
         *
         * @param isStillWanted asked at the moment when it would go, with nothing else on its way to the server in between
         */
        record Call(Message message, BooleanSupplier isStillWanted) implements Fate {}

        /** It does not reach the server; its sender is told this. */
        record Answer(Message message) implements Fate {}

        record Drop() implements Fate {}

        /** A call; asking takes as long as the broker does, and other messages need not wait for it. */
        record Ask(Supplier<Fate> decision) implements Fate {}
    }

    /** @param session whose ids the message's is one of */
    Fate fromClient(String session, Message message) {
        if (message.is("notifications/cancelled")) {
            return open.cancel(new RequestKey(
                            session, message.params().path("requestId").toString()))
                    ? new Fate.Drop()
                    : new Fate.Pass(message);
        }
        if (!message.isRequest()) {
            if (message.is("tools/call")) {
                note.accept("a tools/call without an id was dropped");
                return new Fate.Drop();
            }
            return new Fate.Pass(message);
        }
        RequestKey key = key(session, message);
        boolean isCall = message.is("tools/call");
        Request request = isCall
                ? new Request.Deciding()
                : message.is("tools/list") ? new Request.Listing() : new Request.Plain();
        return open.admit(key, request)
                .<Fate>map(reason -> new Fate.Answer(message.invalid(reason)))
                .orElseGet(() -> isCall ? new Fate.Ask(() -> decided(key, message)) : new Fate.Pass(message));
    }

    private Fate decided(RequestKey key, Message message) {
        String name = message.params().path("name").stringValue("");
        Optional<Target> target = tools.target(name);
        if (target.isEmpty()) {
            return denied(key, message.toolError("Denied: this task has no such tool.", Optional.empty()));
        }
        Decision decision;
        try {
            outcomes.await();
            decision = task.decide(
                    target.get().tool(),
                    target.get().action(),
                    Map.of("mcp_tool", name, "arguments_sha256", message.argumentsSha256()));
        } catch (RuntimeException e) {
            note.accept("no decision about " + name + ": " + e.getMessage());
            return denied(
                    key,
                    message.toolError("Denied: no decision could be had, so this was not done.", Optional.empty()));
        }
        return decision.permitted()
                ? new Fate.Call(message, () -> isStillWanted(key, decision))
                : denied(key, message.toolError(why(decision), decision.id()));
    }

    /** Nobody waits for the answer to what was cancelled (MCP, Cancellation). */
    private Fate denied(RequestKey key, Message answer) {
        return open.remove(key).orElse(null) instanceof Request.Deciding ? new Fate.Answer(answer) : new Fate.Drop();
    }

    private boolean isStillWanted(RequestKey key, Decision decision) {
        boolean isSent = open.send(key, decision);
        if (!isSent) {
            outcomes.report(decision, Outcome.FAILED, "cancelled before it was passed on");
        }
        return isSent;
    }

    private static String why(Decision decision) {
        List<String> groups = decision.context().path("approval").path("groups").values().stream()
                .map(JsonNode::asString)
                .toList();
        StringBuilder text = new StringBuilder("Denied: ")
                .append(decision.reasons().isEmpty() ? "it is not permitted." : String.join(" ", decision.reasons()));
        if (!groups.isEmpty()) {
            text.append(" It needs an approval by ")
                    .append(String.join(" and ", groups))
                    .append('.');
        }
        return text.toString();
    }

    /** What the client gets to see instead of a message of the server's. */
    Message fromServer(String session, Message message) {
        Optional<Request> request = message.isResponse() ? open.answered(key(session, message)) : Optional.empty();
        if (request.orElse(null) instanceof Request.UnderWay(Decision decision) && message.isFinal()) {
            outcomes.report(decision, message.isFailure() ? Outcome.FAILED : Outcome.SUCCEEDED, null);
        }
        return request.orElse(null) instanceof Request.Listing ? shown(message) : message;
    }

    /** It was not done, and there will be no answer. */
    void failed(String session, Message message, String detail) {
        if (message.isRequest()
                && open.remove(key(session, message)).orElse(null) instanceof Request.UnderWay(Decision decision)) {
            outcomes.report(decision, Outcome.FAILED, detail);
        }
    }

    /** No answer came where it was due, or nobody was there to have it. What came of a call is unknown, unless one comes yet. */
    void unanswered(String session, Message message) {
        if (message.isRequest()) {
            open.leave(key(session, message));
        }
    }

    /** The session is over. */
    void forget(String session) {
        open.forget(session);
    }

    private Message shown(Message answer) {
        if (answer.json().path("result").path("tools") instanceof ArrayNode list) {
            List<JsonNode> kept = list.values().stream()
                    .filter(tool -> tools.isShown(tool.path("name").asString("")))
                    .toList();
            list.removeAll();
            list.addAll(kept);
        }
        return answer;
    }

    /** Waits a little until what came of calls is on record. */
    public void awaitReports() {
        outcomes.await();
    }

    private static RequestKey key(String session, Message message) {
        return new RequestKey(session, message.id());
    }
}
