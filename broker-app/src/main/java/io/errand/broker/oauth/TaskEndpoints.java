package io.errand.broker.oauth;

import io.errand.api.LeaseView;
import io.errand.api.TaskOutcome;
import io.errand.api.TaskView;
import io.errand.broker.caller.TaskAuthentication;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /v1/tasks} and {@code /v1/leases}, for the task whose token is shown; everything else is 404. {@code Prefer: wait=N}
 * (RFC 7240 §4.3, at most 60 s) waits for every lease to be seen gone: 200 when all are, otherwise 202, with the same body.
 */
@RestController
@RequestMapping("/v1")
class TaskEndpoints {

    private static final Set<String> OUTCOMES = Set.of("succeeded", "failed");
    private static final int MAX_SUMMARY = 4 * 1024;
    private static final long MAX_WAIT = 60;
    private static final Pattern WAIT = Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?([0-9]{1,4})\"?");

    private final Tasks tasks;
    private final Leases leases;

    TaskEndpoints(Tasks tasks, Leases leases) {
        this.tasks = tasks;
        this.leases = leases;
    }

    @Answers(TaskView.class)
    @GetMapping("/tasks/{id}")
    ResponseEntity<Object> get(@PathVariable String id, TaskAuthentication caller) {
        return own(id, caller)
                .map(task -> ResponseEntity.<Object>ok(view(task)))
                .orElseGet(TaskEndpoints::noSuchTask);
    }

    @Answers(
            value = TaskView.class,
            status = {200, 202})
    @PostMapping("/tasks/{id}/complete")
    ResponseEntity<Object> complete(
            @PathVariable String id,
            @RequestBody TaskOutcome outcome,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer,
            TaskAuthentication caller) {
        if (outcome.outcome() == null || !OUTCOMES.contains(outcome.outcome())) {
            return Problem.invalidMember("outcome", "outcome is succeeded or failed.")
                    .response();
        }
        if (outcome.summary() != null && outcome.summary().getBytes(StandardCharsets.UTF_8).length > MAX_SUMMARY) {
            return Problem.invalidMember("summary", "summary has at most 4096 bytes.")
                    .response();
        }
        return end(id, Task.State.COMPLETED, outcome.outcome(), outcome.summary(), prefer, caller);
    }

    @Answers(
            value = TaskView.class,
            status = {200, 202})
    @PostMapping("/tasks/{id}/cancel")
    ResponseEntity<Object> cancel(
            @PathVariable String id,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer,
            TaskAuthentication caller) {
        return end(id, Task.State.CANCELLED, null, null, prefer, caller);
    }

    @Answers(LeaseView.class)
    @GetMapping("/leases/{id}")
    ResponseEntity<Object> lease(@PathVariable String id, TaskAuthentication caller) {
        return ownLease(id, caller)
                .flatMap(leases::find)
                .map(ResponseEntity::<Object>ok)
                .orElseGet(TaskEndpoints::noSuchLease);
    }

    @Answers(value = LeaseView.class, status = 202)
    @DeleteMapping("/leases/{id}")
    ResponseEntity<Object> revoke(@PathVariable String id, TaskAuthentication caller) {
        Optional<UUID> lease = ownLease(id, caller);
        if (lease.isEmpty()) {
            return noSuchLease();
        }
        leases.revoke(lease.get(), "returned by its holder", caller.getPrincipal());
        return ResponseEntity.accepted().body(leases.find(lease.get()).orElseThrow());
    }

    private ResponseEntity<Object> end(
            String id,
            Task.State state,
            @Nullable String outcome,
            @Nullable String summary,
            @Nullable String prefer,
            TaskAuthentication caller) {
        if (own(id, caller).isEmpty()) {
            return noSuchTask();
        }
        UUID task = caller.task().id();
        boolean ended = tasks.end(task, state, outcome, summary, caller.getPrincipal());
        Task now = tasks.find(task).orElseThrow();
        if (!ended && now.state() != state) {
            return Problem.conflict("The task is " + now.state().word() + " already.")
                    .with("state", now.state().word())
                    .response();
        }
        boolean gone = awaitGone(task, wait(prefer));
        return ResponseEntity.status(gone ? HttpStatus.OK : HttpStatus.ACCEPTED).body(view(now));
    }

    /** Of the task, and of all below it. */
    private boolean awaitGone(UUID task, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        boolean gone = leases.awaitGone(task, atMost);
        for (UUID below : tasks.below(task)) {
            gone &= leases.awaitGone(below, Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        }
        return gone;
    }

    private Optional<Task> own(String id, TaskAuthentication caller) {
        return caller.task().id().toString().equals(id)
                ? tasks.find(caller.task().id())
                : Optional.empty();
    }

    private Optional<UUID> ownLease(String id, TaskAuthentication caller) {
        return Ids.parse(id)
                .flatMap(leases::find)
                .filter(lease -> lease.task().equals(caller.task().id().toString()))
                .map(lease -> UUID.fromString(lease.id()));
    }

    private TaskView view(Task task) {
        return new TaskView(
                task.id().toString(),
                task.parent().map(UUID::toString).orElse(null),
                task.agent(),
                task.type(),
                task.purpose(),
                task.state().word(),
                task.outcome().orElse(null),
                task.summary().orElse(null),
                task.createdAt(),
                task.expiresAt(),
                task.endedAt().orElse(null),
                leases.ofTask(task.id()),
                tasks.children(task.id()).stream().map(this::view).toList());
    }

    private static Duration wait(@Nullable String prefer) {
        Matcher matcher = WAIT.matcher(prefer == null ? "" : prefer);
        return matcher.find()
                ? Duration.ofSeconds(Math.min(MAX_WAIT, Long.parseLong(matcher.group(1))))
                : Duration.ZERO;
    }

    private static ResponseEntity<Object> noSuchTask() {
        return Problem.notFound("There is no such task for this token.").response();
    }

    private static ResponseEntity<Object> noSuchLease() {
        return Problem.notFound("There is no such lease of this token's task.").response();
    }
}
