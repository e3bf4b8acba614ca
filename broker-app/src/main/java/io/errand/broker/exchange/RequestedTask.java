package io.errand.broker.exchange;

import io.errand.api.Fingerprint;
import io.errand.api.Json;
import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Drift;
import io.errand.broker.identity.Identity;
import io.errand.broker.shared.Sha256;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Task;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What the agent is doing: a task that it declares, a part of another's that it takes up, or one that it has.
 *
 * @param existing the task that it has
 * @param delegation what it takes up
 * @param notAfter the end of the person's token, which a task that acts by it never outlives; null: there is none
 * @param attested whether it declared what it is made of
 * @param drifted whether that is something else than it was, and its owner may approve it
 */
record RequestedTask(
        Optional<Task> existing,
        Optional<Delegation> delegation,
        TaskDeclaration declaration,
        String type,
        String purpose,
        Duration ttl,
        @Nullable Instant notAfter,
        boolean attested,
        boolean drifted) {

    private static final int MAX_PURPOSE = 4 * 1024;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final TaskDeclaration NOTHING = new TaskDeclaration(null, null, null, null, null, null, null);

    static GrantStep<RequestedTask> of(TokenRequest request, Caller caller, Instant now) {
        return switch (caller.subject()) {
            case Caller.Subject.OwnTask(Task task) -> more(request, task, now);
            case Caller.Subject.Self self -> declared(request, caller.agent());
            case Caller.Subject.Person(Identity person) ->
                declared(request, caller.agent()).then(work -> work.until(person.expiresAt(), now));
            case Caller.Subject.Delegated(Delegation delegation) ->
                declared(request, caller.agent()).then(work -> work.part(delegation, now));
        };
    }

    /** The person's token says until when the agent may act for them (P3): the task ends with it. */
    private GrantStep<RequestedTask> until(Instant end, Instant now) {
        Duration left = Duration.between(now, end);
        return left.compareTo(SHORTEST) < 0
                ? GrantStep.stop(Refusal.untrusted("expired", "the person's token ends before a task could begin"))
                : GrantStep.pass(new RequestedTask(
                        existing, delegation, declaration, type, purpose, ttl, end, attested, drifted));
    }

    private GrantStep<RequestedTask> part(Delegation handed, Instant now) {
        Duration left = Duration.between(now, handed.expiresAt());
        String why = declaration.purpose() == null ? handed.purpose() : purpose;
        return left.compareTo(SHORTEST) < 0
                ? GrantStep.stop(Refusal.untrusted("expired", "the delegation ends before a task could begin"))
                : GrantStep.pass(new RequestedTask(
                        existing, Optional.of(handed), declaration, type, why, ttl, null, attested, drifted));
    }

    /** How far below the top it is. */
    int depth() {
        return existing.map(Task::depth)
                .or(() -> delegation.map(handed -> handed.parent().depth() + 1))
                .orElse(0);
    }

    /** The top of the tree that it is in, if that is there already. */
    Optional<UUID> root() {
        return existing.map(Task::root)
                .or(() -> delegation.map(handed -> handed.parent().root()));
    }

    /** Empty: it is declared now, and its own first grant is its ceiling. */
    Optional<TaskLimits> bounds() {
        return existing.map(TaskLimits::of).or(() -> delegation.map(TaskLimits::of));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** More for a task that it has: it is declared already, and only what the agent is made of may be said again. */
    private static GrantStep<RequestedTask> more(TokenRequest request, Task task, Instant now) {
        Duration left = Duration.between(now, task.expiresAt());
        return read(request)
                .then(RequestedTask::form)
                .then(
                        again -> again.equals(
                                        new TaskDeclaration(null, null, null, null, null, null, again.fingerprint()))
                                ? GrantStep.pass(new RequestedTask(
                                        Optional.of(task),
                                        Optional.empty(),
                                        again,
                                        task.type(),
                                        task.purpose(),
                                        left,
                                        null,
                                        again.fingerprint() != null,
                                        false))
                                : bad(
                                        "task_declared_twice",
                                        "Beside a task token, task has no member but fingerprint: the task is declared already."));
    }

    private static GrantStep<RequestedTask> declared(TokenRequest request, Agent agent) {
        return read(request)
                .then(RequestedTask::form)
                .then(task -> type(task, agent).then(type -> fingerprint(task, agent, type)));
    }

    private static GrantStep<TaskDeclaration> read(TokenRequest request) {
        try {
            TaskDeclaration task =
                    request.task() == null ? NOTHING : Json.mapper().readValue(request.task(), TaskDeclaration.class);
            return task == null ? bad("task_unreadable", "task is not a JSON object.") : GrantStep.pass(task);
        } catch (JacksonException e) {
            return bad("task_unreadable", "task is not the JSON object that it must be: " + summary(e));
        }
    }

    private static GrantStep<TaskDeclaration> form(TaskDeclaration task) {
        if (task.ttl() != null
                && (task.ttl().compareTo(SHORTEST) < 0 || task.ttl().compareTo(LONGEST) > 0)) {
            return bad("task_ttl", "task.ttl is a duration from PT1S to P1D.");
        }
        if (task.purpose() != null && !isPurpose(task.purpose())) {
            return bad("task_purpose", "task.purpose has at most 4096 bytes of text and no control characters.");
        }
        Fingerprint print = task.fingerprint();
        boolean digests = Stream.of(
                        task.promptSha256(),
                        print == null ? null : print.promptSha256(),
                        print == null ? null : print.toolchainSha256(),
                        print == null ? null : print.dataSha256())
                .filter(Objects::nonNull)
                .allMatch(digest -> SHA256.matcher(digest).matches());
        return digests
                ? digested(task)
                : bad("task_digest", "Members that end in _sha256 are 64 lower-case hexadecimal digits.");
    }

    /** Whatever becomes of the prompt's text, its digest is what policy, people and the log see. */
    private static GrantStep<TaskDeclaration> digested(TaskDeclaration task) {
        if (task.prompt() == null) {
            return GrantStep.pass(task);
        }
        String digest = Sha256.hex(task.prompt());
        return task.promptSha256() == null || task.promptSha256().equals(digest)
                ? GrantStep.pass(task.withPrompt(digest, task.prompt()))
                : bad("prompt_digest", "task.prompt_sha256 is not the SHA-256 of task.prompt in UTF-8.");
    }

    static boolean isPurpose(String text) {
        return !text.isBlank()
                && text.getBytes(StandardCharsets.UTF_8).length <= MAX_PURPOSE
                && text.chars().noneMatch(Character::isISOControl);
    }

    private static GrantStep<String> type(TaskDeclaration task, Agent agent) {
        if (task.type() == null) {
            return agent.taskTypes().size() == 1
                    ? GrantStep.pass(agent.taskTypes().iterator().next())
                    : bad("task_type_missing", "task.type is required: this agent has several task types.");
        }
        return agent.taskTypes().contains(task.type())
                ? GrantStep.pass(task.type())
                : bad("task_type_unknown", "task.type is not one of this agent's task types.");
    }

    private static GrantStep<RequestedTask> fingerprint(TaskDeclaration task, Agent agent, String type) {
        Fingerprint now = task.fingerprint();
        Optional<String> changed =
                Optional.ofNullable(now).flatMap(declared -> Drift.between(agent.fingerprint(), declared));
        if (changed.isPresent() && agent.onDrift() == Agent.OnDrift.DENY) {
            return GrantStep.stop(drifted("the declared " + changed.get() + " differs from the registered one"));
        }
        Duration ttl = task.ttl() == null ? agent.maxTtl() : shorter(task.ttl(), agent.maxTtl());
        String purpose = task.purpose() == null ? agent.purpose() : task.purpose();
        return GrantStep.pass(new RequestedTask(
                Optional.empty(), Optional.empty(), task, type, purpose, ttl, null, now != null, changed.isPresent()));
    }

    /** It is not what its task began with: the agent says whether that is refused, or for its owner to approve. */
    GrantStep<RequestedTask> changed(Agent agent, String detail) {
        return switch (agent.onDrift()) {
            case DENY -> GrantStep.stop(drifted(detail));
            case DEFER ->
                GrantStep.pass(new RequestedTask(
                        existing, delegation, declaration, type, purpose, ttl, notAfter, attested, true));
        };
    }

    private static Refusal drifted(String detail) {
        return Refusal.accessDenied(
                "fingerprint_changed",
                "This agent is not made of what was registered; its owner must register the change.",
                detail);
    }

    Map<String, Object> context() {
        return declaration.context() == null ? Map.of() : declaration.context();
    }

    /** What a parser says, without the source text that it quotes. */
    static String summary(JacksonException e) {
        String where = e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        String path = e.getPath().isEmpty()
                ? ""
                : " at "
                        + String.join(
                                ".",
                                e.getPath().stream()
                                        .map(part -> String.valueOf(part.getPropertyName()))
                                        .toList());
        return e.getOriginalMessage()
                        .lines()
                        .findFirst()
                        .orElse("unreadable")
                        .replaceAll("io\\.errand\\.[\\w.$]+|java\\.[\\w.$]+", "value")
                + path
                + where;
    }

    private static <T> GrantStep<T> bad(String reason, String description) {
        return GrantStep.stop(Refusal.invalidRequest(reason, description));
    }
}
