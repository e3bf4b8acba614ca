package io.errand.cli.mcp;

import io.errand.cli.mcp.ToolMap.Target;
import io.errand.client.Decision;
import io.errand.client.ErrandException;
import io.errand.client.Outcome;
import io.errand.client.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** What happens to each message. Where no decision can be had, the answer is no. */
public final class Guard {

    /** Requests that wait for their answer, over all sessions. */
    private static final int MAX_OPEN = 1024;

    /** For the outcomes of earlier calls to be on record before the next decision, and before the task ends. */
    private static final int REPORTS_SECONDS = 5;

    private final Task task;
    private final ToolMap tools;
    private final Consumer<String> note;
    private final Map<Key, Request> open = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> reports = new ConcurrentHashMap<>();

    /** @param note for the person who runs this; one line */
    public Guard(Task task, ToolMap tools, Consumer<String> note) {
        this.task = task;
        this.tools = tools;
        this.note = note;
    }

    private record Key(String session, String id) {}

    /** A request of the client's whose answer matters. */
    private sealed interface Request {

        record Listing() implements Request {}

        record Deciding() implements Request {}

        record Cancelled() implements Request {}

        record UnderWay(Decision decision) implements Request {}
    }

    /** What becomes of a message. */
    sealed interface Fate {

        record Pass(Message message) implements Fate {}

        /** It does not reach the server; its sender is told this. */
        record Answer(Message message) implements Fate {}

        record Drop() implements Fate {}

        /** A call; asking takes as long as the broker does, and other messages need not wait for it. */
        record Ask(Supplier<Fate> decision) implements Fate {}
    }

    /** @param session whose ids the message's is one of */
    Fate fromClient(String session, Message message) {
        if (message.is("tools/call")) {
            return call(session, message);
        }
        if (message.is("notifications/cancelled")) {
            return cancelled(session, message);
        }
        if (message.is("tools/list") && message.id().isPresent()) {
            return admitted(session, message, new Request.Listing()).orElseGet(() -> new Fate.Pass(message));
        }
        return new Fate.Pass(message);
    }

    private Fate call(String session, Message message) {
        if (message.id().isEmpty()) {
            note.accept("a tools/call without an id was dropped");
            return new Fate.Drop();
        }
        return admitted(session, message, new Request.Deciding())
                .orElseGet(() -> new Fate.Ask(() -> decided(key(session, message), message)));
    }

    private Optional<Fate> admitted(String session, Message message, Request request) {
        if (open.size() >= MAX_OPEN) {
            return Optional.of(new Fate.Answer(message.invalid("Too many requests wait for their answer.")));
        }
        return open.putIfAbsent(key(session, message), request) == null
                ? Optional.empty()
                : Optional.of(new Fate.Answer(message.invalid("A request with this id is under way.")));
    }

    private Fate decided(Key key, Message message) {
        String name = message.params().path("name").asString("");
        Optional<Target> target = tools.target(name);
        if (target.isEmpty()) {
            open.remove(key);
            return new Fate.Answer(message.toolError("Denied: this task has no such tool.", Optional.empty()));
        }
        Decision decision;
        try {
            awaitReports();
            decision = task.decide(
                    target.get().tool(),
                    target.get().action(),
                    Map.of("mcp_tool", name, "arguments_sha256", message.argumentsSha256()));
        } catch (RuntimeException e) {
            open.remove(key);
            note.accept("no decision about " + name + ": " + e.getMessage());
            return new Fate.Answer(
                    message.toolError("Denied: no decision could be had, so this was not done.", Optional.empty()));
        }
        if (!decision.permitted()) {
            open.remove(key);
            return new Fate.Answer(message.toolError(why(decision), decision.id()));
        }
        if (open.replace(key, new Request.UnderWay(decision)) instanceof Request.Deciding) {
            return new Fate.Pass(message);
        }
        open.remove(key);
        report(decision, Outcome.FAILED, "cancelled before it was passed on");
        return new Fate.Drop();
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

    /** Who cancels a call that is still being decided must not see it done. */
    private Fate cancelled(String session, Message message) {
        JsonNode id = message.params().path("requestId");
        Key key = new Key(session, id.toString());
        Request was = open.computeIfPresent(
                key, (same, request) -> request instanceof Request.Deciding ? new Request.Cancelled() : request);
        if (was instanceof Request.Cancelled) {
            return new Fate.Drop();
        }
        if (was != null) {
            open.remove(key); // no answer need come; the outcome of a call stays unknown
        }
        return new Fate.Pass(message);
    }

    /** What the client gets to see instead of a message of the server's. */
    Message fromServer(String session, Message message) {
        Request request = message.isResponse() && message.id().isPresent() ? open.remove(key(session, message)) : null;
        return switch (request) {
            case null -> message;
            case Request.Listing listing -> shown(message);
            case Request.UnderWay(Decision decision) -> {
                // With a task of MCP's own (SEP-1686) the call goes on; what came of it stays unknown.
                if (!message.json().path("result").has("task")) {
                    report(decision, outcome(message), null);
                }
                yield message;
            }
            // An answer to what was never asked.
            case Request.Deciding deciding -> message;
            case Request.Cancelled cancelled -> message;
        };
    }

    /** There will be no answer. */
    void failed(String session, Message message, String detail) {
        if (message.id().isPresent()
                && open.remove(key(session, message)) instanceof Request.UnderWay(Decision decision)) {
            report(decision, Outcome.FAILED, detail);
        }
    }

    /** There may have been an answer that nobody saw: what came of it is unknown. */
    void lost(String session, Message message) {
        if (message.id().isPresent()) {
            open.remove(key(session, message));
        }
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

    private static Outcome outcome(Message answer) {
        return answer.json().has("error")
                        || answer.json().path("result").path("isError").asBoolean(false)
                ? Outcome.FAILED
                : Outcome.SUCCEEDED;
    }

    /** The client does not wait for this; the next decision does, because policies may look at what succeeded. */
    private void report(Decision decision, Outcome outcome, @Nullable String detail) {
        CompletableFuture<Void> report = new CompletableFuture<>();
        String id = decision.id().orElse("");
        reports.put(id, report);
        Thread.ofVirtual().name("errand-outcome").start(() -> {
            try {
                task.report(decision, outcome, detail);
            } catch (ErrandException | IllegalArgumentException e) {
                note.accept("the outcome of a call could not be told: " + e.getMessage());
            } finally {
                reports.remove(id);
                report.complete(null);
            }
        });
    }

    /** Waits a little for what is still being told. */
    public void awaitReports() {
        try {
            CompletableFuture.allOf(reports.values().toArray(CompletableFuture[]::new))
                    .get(REPORTS_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            note.accept("the broker does not take outcomes now");
        }
    }

    private static Key key(String session, Message message) {
        return new Key(session, message.id().orElseThrow());
    }
}
