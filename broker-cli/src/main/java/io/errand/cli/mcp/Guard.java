package io.errand.cli.mcp;

import io.errand.cli.mcp.Continuations.Step;
import io.errand.cli.mcp.OpenRequests.Request;
import io.errand.cli.mcp.OpenRequests.RequestKey;
import io.errand.client.Outcome;
import io.errand.client.Task;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What happens to each message. Where no decision can be had, the answer is no. */
public final class Guard {

    private final Methods methods;
    private final ToolMap map;
    private final Consumer<String> note;
    private final Outcomes outcomes;
    private final ServerTasks tasks;
    private final Lists lists;
    private final Continuations continuations = new Continuations();
    private final CallDecisions decisions;
    private final ApprovalWait waiting;
    private final OpenRequests open = new OpenRequests();

    /**
     * @param waiting for people, where policy wants an approval of a single call
     * @param isTelling whether each decision is told what tools the server has, as part of what the agent is made of
     * @param note for the person who runs this; one line
     */
    public Guard(
            Task task, ToolMap map, Methods methods, ApprovalWait waiting, boolean isTelling, Consumer<String> note) {
        this.map = map;
        this.methods = methods;
        this.note = note;
        this.waiting = waiting;
        this.outcomes = new Outcomes(task, note);
        this.tasks = new ServerTasks(outcomes);
        Toolchain toolchain = new Toolchain(isTelling ? note : line -> {});
        this.lists = new Lists(map, tasks, toolchain, note);
        this.decisions = new CallDecisions(
                task, map, outcomes, waiting, isTelling ? Optional.of(toolchain) : Optional.empty(), note);
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
        if (message.isRequest()) {
            return request(key(session, message), message);
        }
        if (message.isResponse() || methods.passes(message.method())) {
            return new Fate.Pass(message);
        }
        note.accept("a " + Names.plain(message.method()) + " without an id was dropped");
        return new Fate.Drop();
    }

    private Fate request(RequestKey key, Message message) {
        Optional<Message> refusal = methods.refusal(message, tasks);
        if (refusal.isPresent()) {
            return new Fate.Answer(refusal.get());
        }
        boolean isDecided = methods.isDecided(message);
        return open.admit(key, isDecided ? new Request.Deciding() : undecided(message))
                .<Fate>map(reason -> new Fate.Answer(message.invalid(reason)))
                .orElseGet(() -> isDecided ? claimed(key, message) : new Fate.Pass(message));
    }

    private static Request undecided(Message message) {
        String task = message.params().path("taskId").stringValue("");
        return Lists.isList(message.method())
                ? new Request.Listing(
                        message.method(), message.params().path("cursor").asString(""))
                : message.method().startsWith("tasks/")
                        ? new Request.OfTask(message.method(), task)
                        : new Request.Plain();
    }

    /** Whether it continues a call is settled in the order in which messages come, and before anything is asked. */
    private Fate claimed(RequestKey key, Message message) {
        Subject subject = Subject.of(message, map).orElseThrow();
        return switch (continuations.claim(subject, message.params())) {
            case Continuations.Claim.NewCall call ->
                new Fate.Ask(() -> decided(key, message, decisions.about(subject, () -> open.isDeciding(key))));
            case Continuations.Claim.Continues(Step step) ->
                new Fate.Ask(() -> decided(key, message, decisions.goesOn(step)));
            case Continuations.Claim.Repeated repeated -> {
                note.accept("denied: " + subject + " was continued before with the same answers");
                yield denied(
                        key,
                        message,
                        new CallDecisions.No(
                                "Denied: this was sent before, and would be done twice. Call anew.", Optional.empty()));
            }
        };
    }

    private Fate decided(RequestKey key, Message message, CallDecisions.Answer answer) {
        return switch (answer) {
            case CallDecisions.Yes(Step step) -> new Fate.Call(message, () -> isStillWanted(key, step));
            case CallDecisions.No no -> denied(key, message, no);
        };
    }

    /** Nobody waits for the answer to what was cancelled (MCP, Cancellation). */
    private Fate denied(RequestKey key, Message message, CallDecisions.No no) {
        if (!(open.remove(key).orElse(null) instanceof Request.Deciding)) {
            return new Fate.Drop();
        }
        return new Fate.Answer(
                message.is(Subject.CALL)
                        ? message.toolError(no.text(), no.decision())
                        : message.denied(no.text(), no.decision()));
    }

    private boolean isStillWanted(RequestKey key, Step step) {
        boolean isSent = open.send(key, step);
        if (!isSent) {
            outcomes.report(step.decision(), Outcome.FAILED, "cancelled before it was passed on");
        }
        return isSent;
    }

    /** What the client gets to see instead of a message of the server's. */
    Message fromServer(String session, Message message) {
        if (!message.isResponse()) {
            if (message.is("notifications/tasks") || message.is("notifications/tasks/status")) {
                tasks.shown(message.params());
            }
            return message;
        }
        switch (open.answered(key(session, message)).orElse(null)) {
            case Request.UnderWay(Step step) -> answered(step, message);
            case Request.Listing(String method, String cursor) -> lists.shown(method, cursor, message);
            case Request.OfTask(String method, String task)
            when method.equals("tasks/result") -> tasks.result(task, message);
            case Request.OfTask task -> tasks.shown(message.result());
            case null, default -> {}
        }
        return message;
    }

    private void answered(Step step, Message message) {
        Optional<String> task = ServerTasks.announcedBy(message.result());
        if (task.isPresent()) {
            tasks.begin(task.get(), step.decision());
            tasks.shown(message.result().has("task") ? message.result().path("task") : message.result());
        } else if (message.isInputRequired()) {
            if (!continuations.await(step, message.result())) {
                outcomes.report(step.decision(), Outcome.FAILED, "the server asks for input that cannot be given");
            }
        } else if (message.isFinal()) {
            outcomes.report(step.decision(), message.isFailure() ? Outcome.FAILED : Outcome.SUCCEEDED, null);
        }
    }

    /** It was not done, and there will be no answer. */
    void failed(String session, Message message, String detail) {
        if (message.isRequest()
                && open.remove(key(session, message)).orElse(null) instanceof Request.UnderWay(Step step)) {
            outcomes.report(step.decision(), Outcome.FAILED, detail);
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

    /** The client is gone: nobody waits for people any more. */
    void stopWaiting() {
        waiting.close();
    }

    /** Waits a little until what came of calls is on record. */
    public void awaitReports() {
        outcomes.await();
    }

    private static RequestKey key(String session, Message message) {
        return new RequestKey(session, message.id());
    }
}
