package io.errand.cli.mcp;

import io.errand.api.LeaseView;
import io.errand.api.TaskView;
import io.errand.cli.mcp.Continuations.Step;
import io.errand.cli.mcp.ToolMap.Target;
import io.errand.client.Decision;
import io.errand.client.Refused;
import io.errand.client.Task;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** What the broker says about calls, and what the client and the person who runs the guard are told of it. */
final class CallDecisions {

    private static final String NOT_HAD = "Denied: no decision could be had, so this was not done.";

    private final Task task;
    private final ToolMap map;
    private final Outcomes outcomes;
    private final ApprovalWait waiting;
    private final Optional<Toolchain> toolchain;
    private final Consumer<String> note;

    /** @param toolchain what each decision is told that the agent is made of; empty: nothing */
    CallDecisions(
            Task task,
            ToolMap map,
            Outcomes outcomes,
            ApprovalWait waiting,
            Optional<Toolchain> toolchain,
            Consumer<String> note) {
        this.task = task;
        this.map = map;
        this.outcomes = outcomes;
        this.waiting = waiting;
        this.toolchain = toolchain;
        this.note = note;
    }

    sealed interface Answer {}

    record Yes(Step step) implements Answer {}

    /**
     * @param text for the model
     * @param decision its id, if there was one
     */
    record No(String text, Optional<String> decision) implements Answer {}

    /** @param isStillWanted asked while people are waited for */
    Answer about(Subject subject, BooleanSupplier isStillWanted) {
        Optional<Target> target = map.target(subject.kind(), subject.name());
        if (target.isEmpty()) {
            note.accept("denied: " + subject + ", which no --map names");
            return new No("Denied: this task has no such tool.", Optional.empty());
        }
        if (toolchain.isPresent() && toolchain.get().fingerprint().isEmpty()) {
            note.accept("denied: " + subject + ", before the server's tools were listed to the end");
            return new No(
                    "Denied: the server's tools are not known yet. List all of them first (tools/list).",
                    Optional.empty());
        }
        Decision decision;
        try {
            outcomes.await();
            decision = decided(subject, target.get(), isStillWanted);
        } catch (RuntimeException e) {
            note.accept("no decision about " + subject + " (" + target.get() + "): " + reason(e));
            return new No(NOT_HAD, Optional.empty());
        }
        if (decision.permitted()) {
            return new Yes(new Step(subject, decision, 0));
        }
        String why = why(decision);
        note.accept("denied: " + subject + " (" + target.get() + "): " + Names.plain(why, 500) + named(decision));
        return new No("Denied: " + why, decision.id());
    }

    private Decision decided(Subject subject, Target target, BooleanSupplier isStillWanted) {
        Decision decision = asked(subject, target);
        JsonNode approval = decision.context().path("approval");
        if (decision.permitted() || !waiting.isOn() || !approval.has("id")) {
            return decision;
        }
        note.accept(subject + " (" + target + ") waits for an approval: "
                + approval.path("url").asString("") + named(decision));
        ApprovalWait.Since since = waiting.begin();
        while (!decision.permitted() && decision.context().path("approval").has("id") && since.pause(isStillWanted)) {
            decision = asked(subject, target);
        }
        return decision;
    }

    private Decision asked(Subject subject, Target target) {
        return task.decide(
                target.tool(),
                target.action(),
                subject.properties(),
                toolchain.flatMap(Toolchain::fingerprint).orElse(null));
    }

    /** One call is one decision; but what has ended since, or was taken back, does not go on. */
    Answer goesOn(Step step) {
        String tool = map.target(step.subject().kind(), step.subject().name())
                .map(Target::tool)
                .orElse("");
        try {
            TaskView now = task.view();
            if (now.state().equals("active") && now.leases().stream().anyMatch(lease -> isLive(lease, tool))) {
                return new Yes(step);
            }
        } catch (RuntimeException e) {
            note.accept("whether " + step.subject() + " may go on could not be learnt: " + reason(e)
                    + named(step.decision()));
            return new No(NOT_HAD, step.decision().id());
        }
        note.accept("denied: " + step.subject() + ", whose task or credential has ended" + named(step.decision()));
        return new No(
                "Denied: the task or its credential has ended.", step.decision().id());
    }

    private static String reason(RuntimeException fault) {
        return fault instanceof Refused refused ? refused.sentence() : String.valueOf(fault.getMessage());
    }

    private static boolean isLive(LeaseView lease, String tool) {
        return lease.tool().equals(tool) && lease.state().equals("active");
    }

    private static String named(Decision decision) {
        return decision.id().map(id -> " (decision " + id + ")").orElse("");
    }

    private static String why(Decision decision) {
        List<String> groups = decision.context().path("approval").path("groups").values().stream()
                .map(JsonNode::asString)
                .toList();
        String reasons = decision.reasons().isEmpty() ? "it is not permitted." : String.join(" ", decision.reasons());
        return groups.isEmpty() ? reasons : reasons + " It needs an approval by " + String.join(" and ", groups) + ".";
    }
}
