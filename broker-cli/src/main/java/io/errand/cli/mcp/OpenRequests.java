package io.errand.cli.mcp;

import io.errand.cli.mcp.Continuations.Step;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The client's requests that have no answer yet. All of them are here and not only the calls: with two of one id, the answer to
 * one would pass for the other's.
 */
final class OpenRequests {

    /** Requests that somebody waits for, over all sessions. */
    private static final int MAX_WAITING = 1024;

    /** Requests that nobody waits for. The oldest is forgotten; what came of it stays unknown. */
    private static final int MAX_LEFT = 4096;

    private final Map<RequestKey, Request> waiting = new HashMap<>();
    private final Map<RequestKey, Request> left = new BoundedMap<>(MAX_LEFT);

    /** @param id as JSON, so that 1 and "1" are two */
    record RequestKey(String session, String id) {}

    sealed interface Request {

        record Plain() implements Request {}

        /** @param method what is listed */
        record Listing(String method, String cursor) implements Request {}

        /** About a task of the server's; see {@link ServerTasks}. */
        record OfTask(String method, String task) implements Request {}

        record Deciding() implements Request {}

        record Cancelled() implements Request {}

        record UnderWay(Step step) implements Request {}

        /** Whether the server has it, and so may answer it. */
        default boolean isSent() {
            return !(this instanceof Deciding || this instanceof Cancelled);
        }
    }

    /** Why it cannot be taken, if it cannot. */
    synchronized Optional<String> admit(RequestKey key, Request request) {
        if (waiting.containsKey(key) || left.containsKey(key)) {
            return Optional.of("A request with this id is under way.");
        }
        if (waiting.size() >= MAX_WAITING) {
            return Optional.of("Too many requests wait for their answer.");
        }
        waiting.put(key, request);
        return Optional.empty();
    }

    /** A permitted call goes to the server now, unless it was cancelled before. */
    synchronized boolean send(RequestKey key, Step step) {
        if (waiting.get(key) instanceof Request.Deciding) {
            waiting.put(key, new Request.UnderWay(step));
            return true;
        }
        waiting.remove(key);
        return false;
    }

    synchronized boolean isDeciding(RequestKey key) {
        return waiting.get(key) instanceof Request.Deciding;
    }

    /** Whether the server need not hear of it, because it will never see the request. */
    synchronized boolean cancel(RequestKey key) {
        Request request = waiting.get(key);
        if (request == null) {
            return false;
        }
        if (request.isSent()) {
            leave(key);
            return false;
        }
        waiting.put(key, new Request.Cancelled());
        return true;
    }

    /** No answer came where it was due. One may still come: a stream can be taken up again. */
    synchronized void leave(RequestKey key) {
        Request request = waiting.get(key);
        if (request != null && request.isSent()) {
            waiting.remove(key);
            left.put(key, request);
        }
    }

    /** What the server answered; nothing, where it cannot have been asked. */
    synchronized Optional<Request> answered(RequestKey key) {
        Request request = waiting.getOrDefault(key, left.get(key));
        return request != null && request.isSent() ? remove(key) : Optional.empty();
    }

    synchronized Optional<Request> remove(RequestKey key) {
        Request late = left.remove(key);
        return Optional.ofNullable(waiting.getOrDefault(key, late)).map(request -> {
            waiting.remove(key);
            return request;
        });
    }

    /** A session is over; what came of its calls stays unknown, and what is being decided is not sent. */
    synchronized void forget(String session) {
        waiting.keySet().removeIf(key -> key.session().equals(session));
        left.keySet().removeIf(key -> key.session().equals(session));
    }
}
