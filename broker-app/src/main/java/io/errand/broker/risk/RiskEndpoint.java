package io.errand.broker.risk;

import io.errand.api.RiskRequest;
import io.errand.api.RiskView;
import io.errand.broker.agent.Agents;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Members;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SensitiveList;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.net.URI;
import java.security.Principal;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/risk}: signals that raise the risk of an agent or a session for a time. {@code limit} is 1 to 500. Clearing one
 * brings nothing back to life.
 */
@RestController
@RequestMapping("/admin/v1/risk")
class RiskEndpoint {

    private static final int MAX_REASON = 1024;
    private static final Duration LONGEST = Duration.ofDays(30);

    private final RiskSignals signals;
    private final Agents agents;
    private final Tasks tasks;

    RiskEndpoint(RiskSignals signals, Agents agents, Tasks tasks) {
        this.signals = signals;
        this.agents = agents;
        this.tasks = tasks;
    }

    @Answers(value = RiskView.class, status = 201)
    @PostMapping
    ResponseEntity<Object> raise(@RequestBody RiskRequest asked, Principal who) {
        Members members = new Members()
                .check(asked.points() != null, "points", "This is a whole number from 1 to 100.")
                .number("points", asked.points(), 1, 100)
                .text("reason", asked.reason(), MAX_REASON)
                .check(asked.ttl() != null, "ttl", "ttl is required, for example PT1H.")
                .duration("ttl", asked.ttl(), Duration.ofSeconds(1), LONGEST);
        Result<RiskView> raised = members.then(asked::scope)
                .then(Scope::of)
                .then(scope -> said(scope, asked, who.getName()))
                .then(signals::raise);
        return switch (raised) {
            case Result.Refused<RiskView>(Problem problem) -> problem.response();
            case Result.Ok<RiskView>(RiskView view) ->
                ResponseEntity.created(URI.create("/admin/v1/risk/" + view.id()))
                        .body(view);
        };
    }

    private Result<RiskSignals.Said> said(Scope scope, RiskRequest asked, String who) {
        int points = Objects.requireNonNull(asked.points());
        String reason = Objects.requireNonNull(asked.reason());
        Duration ttl = Objects.requireNonNull(asked.ttl());
        return switch (scope.kind()) {
            case AGENT ->
                agents.byName(scope.value()).isPresent()
                        ? Result.ok(new RiskSignals.Said(scope.value(), null, points, reason, ttl, who))
                        : Result.refused(Problem.invalidMember("scope", "There is no agent " + scope.value() + "."));
            case TASK_TREE -> {
                Optional<Task> task = Ids.parse(scope.value()).flatMap(tasks::find);
                yield task.isPresent()
                        ? Result.ok(new RiskSignals.Said(null, task.get().root(), points, reason, ttl, who))
                        : Result.refused(Problem.invalidMember("scope", "There is no such task."));
            }
            default ->
                Result.refused(Problem.invalidMember(
                        "scope",
                        "scope has exactly one member: agent with a name, or task_tree with" + " the id of a task."));
        };
    }

    @Answers(value = RiskView.class, page = true)
    @SensitiveList("risk_signals")
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return PageRequest.newestFirst(
                        cursor,
                        limit,
                        order,
                        asked -> signals.list(asked.after(), asked.rows(), asked.order()),
                        RiskView::id)
                .response();
    }

    @Answers(RiskView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return Ids.parse(id)
                .flatMap(signals::find)
                .map(view -> ResponseEntity.<Object>ok(view))
                .orElseGet(RiskEndpoint::noSuchSignal);
    }

    @Answers(value = Void.class, status = 204)
    @DeleteMapping("/{id}")
    ResponseEntity<Object> clear(@PathVariable String id, Principal who) {
        Optional<UUID> known = Ids.parse(id);
        return known.isPresent() && signals.clear(known.get(), who.getName())
                ? ResponseEntity.noContent().build()
                : noSuchSignal();
    }

    private static ResponseEntity<Object> noSuchSignal() {
        return Problem.notFound("No such signal stands.").response();
    }
}
