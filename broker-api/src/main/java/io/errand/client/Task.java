package io.errand.client;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Fingerprint;
import io.errand.api.TaskOutcome;
import io.errand.api.TaskView;
import io.errand.api.TokenResponse;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A task under way. Closing it without {@link #complete} cancels it: the broker takes its credentials back at once. */
public final class Task implements AutoCloseable {

    private final Transport transport;
    private final TokenExchange exchange;
    private final TokenResponse.Task facts;
    private final List<TokenResponse.Credential> waiting;
    private final BrokerTime time;

    /** One exchange at a time: a retry replaces the task token. */
    private final ReentrantLock turn = new ReentrantLock();

    private volatile String token;
    private volatile boolean ended;

    Task(Transport transport, TokenExchange exchange, TokenResponse granted, BrokerTime time) {
        this.transport = transport;
        this.exchange = exchange;
        this.facts = granted.task();
        this.token = granted.accessToken();
        this.waiting = new ArrayList<>(granted.credentials());
        this.time = time;
    }

    public String id() {
        return facts.id();
    }

    /** When it ends at the latest, by the broker's clock. */
    public Instant expiresAt() {
        return facts.expiresAt();
    }

    /** The task token (RFC 9068), for those to whom this task must be shown. It is a secret. */
    public String token() {
        return token;
    }

    /**
     * A credential for these actions of a tool: the one that the task began with, if it was asked for in just these words and is
     * still there to be taken; else a new one, within what the task began with.
     *
     * @throws Refused if the broker says no
     * @throws Unanswered if nobody knows; what may have been issued ends with this task
     */
    public Lease lease(String tool, String... actions) {
        turn.lock();
        try {
            for (TokenResponse.Credential one : waiting) {
                if (one.tool().equals(tool) && Set.copyOf(one.actions()).equals(Set.of(actions))) {
                    waiting.remove(one);
                    return new Lease(transport, this, one);
                }
            }
            TokenResponse more = exchange.more(token, AuthorizationDetail.of(tool, List.of(actions)));
            token = more.accessToken();
            return new Lease(transport, this, more.credentials().getFirst());
        } finally {
            turn.unlock();
        }
    }

    /**
     * Asks whether one action may be taken now (AuthZEN 1.0). It is asked once: where no answer comes, the action must not be
     * taken.
     *
     * @param properties of the resource, for example where something is to be sent; policies may read them
     * @throws Unanswered if no answer came
     */
    public Decision decide(String tool, String action, Map<String, Object> properties) {
        return decide(tool, action, properties, null);
    }

    /**
     * The same, and says what the agent is made of now. If that is not what its task began with, or not what is registered, it is
     * refused or waits for its owner, as its registration says.
     *
     * @param now members that are not known stay null; null: nothing is said
     * @throws Unanswered if no answer came
     */
    public Decision decide(String tool, String action, Map<String, Object> properties, @Nullable Fingerprint now) {
        Map<String, Object> question = new LinkedHashMap<>();
        question.put("subject", Map.of("type", "task", "id", id()));
        question.put("action", Map.of("name", action));
        question.put("resource", Map.of("type", "tool", "id", tool, "properties", properties));
        if (now != null) {
            question.put("context", Map.of("fingerprint", now));
        }
        Reply reply = transport.once(transport.postJson("/access/v1/evaluation", token, question));
        if (reply.status() != 200) {
            throw reply.refused();
        }
        return Decision.read(reply.json());
    }

    /** Tells what came of an action that was permitted. */
    public void report(Decision decision, Outcome outcome, @Nullable String detail) {
        String id = decision.id()
                .orElseThrow(() -> new IllegalArgumentException("a decision without an id has no outcome"));
        Map<String, Object> body = detail == null
                ? Map.of("outcome", outcome.word())
                : Map.of("outcome", outcome.word(), "detail", detail);
        Reply reply =
                transport.untilAnswered(() -> transport.postJson("/v1/decisions/" + id + "/outcome", token, body));
        if (reply.status() / 100 != 2) {
            throw reply.refused();
        }
    }

    /** The task with its leases and, where they were seen gone, the receipts. */
    public TaskView view() {
        return transport
                .untilAnswered(() -> transport.get("/v1/tasks/" + id(), token))
                .expect(TaskView.class, 200);
    }

    /** Ends the task well or badly, without waiting until its credentials are seen gone. */
    public TaskView complete(Outcome outcome, @Nullable String summary) {
        return complete(outcome, summary, Duration.ZERO);
    }

    /**
     * Ends the task.
     *
     * @param summary what came of it, for people; at most 4 KiB of UTF-8
     * @param wait for the credentials to be seen gone, at most a minute; the answer's leases say which are
     */
    public TaskView complete(Outcome outcome, @Nullable String summary, Duration wait) {
        return end("/complete", new TaskOutcome(outcome.word(), summary), wait).expect(TaskView.class, 200, 202);
    }

    /** Cancels the task if it has not ended. */
    @Override
    public void close() {
        if (ended) {
            return;
        }
        // A thread that is interrupted still has credentials to give back.
        boolean interrupted = Thread.interrupted();
        try {
            Reply reply = end("/cancel", Map.of(), Duration.ZERO);
            if (!reply.isOver()) {
                throw reply.refused();
            }
            ended = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Reply end(String how, Object body, Duration wait) {
        UnaryOperator<HttpRequest.Builder> waiting = wait.isPositive()
                ? request -> transport.slower(request.header("Prefer", "wait=" + wait.toSeconds()), wait)
                : UnaryOperator.identity();
        Reply reply = transport.untilAnswered(
                () -> waiting.apply(transport.postJson("/v1/tasks/" + id() + how, token, body)));
        if (reply.status() / 100 == 2) {
            ended = true;
        }
        return reply;
    }

    BrokerTime time() {
        return time;
    }

    boolean hasEnded() {
        return ended;
    }

    @Override
    public String toString() {
        return "Task[" + facts.id() + ", " + facts.type() + "]";
    }
}
