package io.errand.broker.task;

import io.errand.api.TaskSummary;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Search;
import io.errand.broker.shared.web.SensitiveList;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /admin/v1/tasks}: the administrators' search, newest first, by {@code agent}, {@code task} (the whole tree that it is
 * in), {@code tool}, {@code state} and {@code older_than} (a duration); {@code limit} is 1 to 500, by default 100.
 */
@RestController
@RequestMapping("/admin/v1/tasks")
class TaskEndpoint {

    private static final Set<String> STATES =
            Arrays.stream(Task.State.values()).map(Task.State::word).collect(Collectors.toUnmodifiableSet());

    private final TaskTable tasks;

    TaskEndpoint(TaskTable tasks) {
        this.tasks = tasks;
    }

    @Answers(value = TaskSummary.class, page = true)
    @SensitiveList("tasks")
    @GetMapping
    ResponseEntity<Object> search(Search.Query query) {
        return switch (query.read(STATES)) {
            case Result.Refused<Search>(Problem problem) -> problem.response();
            case Result.Ok<Search>(Search search) ->
                ResponseEntity.ok(search.page(
                        tasks.search(search).stream().map(TaskEndpoint::summary).toList(), TaskSummary::id));
        };
    }

    private static TaskSummary summary(Task task) {
        return new TaskSummary(
                task.id().toString(),
                task.root().toString(),
                task.parent().map(UUID::toString).orElse(null),
                task.agent(),
                task.subject(),
                task.type(),
                task.purpose(),
                task.ceiling(),
                task.state().word(),
                task.outcome().orElse(null),
                task.summary().orElse(null),
                task.createdAt(),
                task.expiresAt(),
                task.endedAt().orElse(null));
    }
}
