package io.errand.broker.approval;

import io.errand.api.BreakGlassRequest;
import io.errand.api.BreakGlassReview;
import io.errand.api.BreakGlassView;
import io.errand.api.Page;
import io.errand.broker.agent.Agents;
import io.errand.broker.approval.BreakGlassLife.Wanted;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Cursor;
import io.errand.broker.shared.web.Members;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tools;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /admin/v1/breakglass}: activating one, ending it before its time, and its review. {@code limit} is 1 to 500. */
@RestController
@RequestMapping("/admin/v1/breakglass")
class BreakGlassEndpoint {

    private static final int MAX_PAGE = 500;
    private static final int MAX_TEXT = 1024;
    private static final int MAX_TICKET = 200;
    private static final int MAX_TOOLS = 64;
    private static final Set<String> FINDINGS = Set.of("justified", "unjustified");

    private final BreakGlassLife life;
    private final BreakGlassProperties settings;
    private final Agents agents;
    private final Tasks tasks;
    private final Tools tools;

    BreakGlassEndpoint(BreakGlassLife life, BreakGlassProperties settings, Agents agents, Tasks tasks, Tools tools) {
        this.life = life;
        this.settings = settings;
        this.agents = agents;
        this.tasks = tasks;
        this.tools = tools;
    }

    @Answers(value = BreakGlassView.class, status = 201)
    @PostMapping
    ResponseEntity<Object> activate(@RequestBody BreakGlassRequest asked, @AuthenticationPrincipal Person who) {
        return switch (wanted(asked).then(wanted -> life.activate(wanted, who))) {
            case Result.Ok<BreakGlassView>(BreakGlassView view) ->
                ResponseEntity.created(URI.create("/admin/v1/breakglass/" + view.id()))
                        .body(view);
            case Result.Refused<BreakGlassView>(Problem problem) -> problem.response();
        };
    }

    private Result<Wanted> wanted(BreakGlassRequest asked) {
        Members members = new Members()
                .check((asked.agent() == null) != (asked.task() == null), "agent", "Name an agent or a task, not both.")
                .names("tools", asked.tools(), 1)
                .check(asked.tools() == null || asked.tools().size() <= MAX_TOOLS, "tools", "At most 64 tools.")
                .text("reason", asked.reason(), MAX_TEXT)
                .text("ticket", asked.ticket(), MAX_TICKET)
                .check(asked.ttl() != null, "ttl", "ttl is required, for example PT15M.")
                .duration("ttl", asked.ttl(), Duration.ofSeconds(1), settings.maxTtl());
        if (members.problem().isPresent()) {
            return Result.refused(members.problem().get());
        }
        List<String> named = Objects.requireNonNull(asked.tools());
        Optional<String> unknown =
                named.stream().filter(tool -> tools.byName(tool).isEmpty()).findFirst();
        if (unknown.isPresent()) {
            return Result.refused(Problem.invalidMember("tools", "There is no tool " + unknown.get() + "."));
        }
        return scope(asked)
                .then(scope -> Result.ok(new Wanted(
                        scope.agent,
                        scope.task,
                        named,
                        Objects.requireNonNull(asked.reason()),
                        Objects.requireNonNull(asked.ticket()),
                        Objects.requireNonNull(asked.ttl()))));
    }

    private record Scope(String agent, @Nullable UUID task) {}

    private Result<Scope> scope(BreakGlassRequest asked) {
        String agent = asked.agent();
        if (agent != null) {
            return agents.byName(agent).isPresent()
                    ? Result.ok(new Scope(agent, null))
                    : Result.refused(Problem.invalidMember("agent", "There is no such agent."));
        }
        return Ids.parse(Objects.requireNonNull(asked.task()))
                .flatMap(tasks::find)
                .filter(task -> task.state() == Task.State.ACTIVE)
                .map(task -> Result.ok(new Scope(task.agent(), task.id())))
                .orElseGet(() -> Result.refused(Problem.invalidMember("task", "There is no such active task.")));
    }

    @Answers(BreakGlassView.class)
    @PostMapping("/{id}/end")
    ResponseEntity<Object> end(@PathVariable String id, @AuthenticationPrincipal Person who) {
        return Ids.parse(id)
                .flatMap(known -> life.end(known, who))
                .map(ResponseEntity::<Object>ok)
                .orElseGet(
                        () -> Problem.notFound("No such break-glass is active.").response());
    }

    @Answers(BreakGlassView.class)
    @PostMapping("/{id}/review")
    ResponseEntity<Object> review(
            @PathVariable String id, @RequestBody BreakGlassReview review, @AuthenticationPrincipal Person who) {
        Members members =
                new Members().oneOf("finding", review.finding(), FINDINGS).text("comment", review.comment(), MAX_TEXT);
        if (members.problem().isPresent()) {
            return members.problem().get().response();
        }
        String finding = Objects.requireNonNull(review.finding());
        String comment = Objects.requireNonNull(review.comment());
        return switch (Ids.parse(id)
                .map(known -> life.review(known, finding, comment, who))
                .orElseGet(() -> Result.refused(Problem.notFound("There is no such break-glass.")))) {
            case Result.Ok<BreakGlassView>(BreakGlassView view) -> ResponseEntity.ok(view);
            case Result.Refused<BreakGlassView>(Problem problem) -> problem.response();
        };
    }

    @Answers(BreakGlassView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return Ids.parse(id)
                .flatMap(life::find)
                .map(ResponseEntity::<Object>ok)
                .orElseGet(
                        () -> Problem.notFound("There is no such break-glass.").response());
    }

    @Answers(value = BreakGlassView.class, page = true)
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String cursor, @RequestParam(defaultValue = "100") int limit) {
        Optional<UUID> before = Optional.ofNullable(cursor).flatMap(Cursor::read);
        if (limit < 1 || limit > MAX_PAGE || (cursor != null && before.isEmpty())) {
            return Problem.badRequest("limit is a number from 1 to " + MAX_PAGE
                            + ", and cursor is one that this endpoint gave, or absent.")
                    .response();
        }
        List<BreakGlassView> found = life.list(before.orElse(null), limit + 1);
        List<BreakGlassView> page = found.size() > limit ? found.subList(0, limit) : found;
        return ResponseEntity.ok(
                new Page<>(page, found.size() > limit ? Cursor.of(page.getLast().id()) : null));
    }
}
