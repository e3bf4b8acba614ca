package io.errand.broker.approval;

import io.errand.api.BreakGlassRequest;
import io.errand.api.BreakGlassReview;
import io.errand.api.BreakGlassView;
import io.errand.api.Page;
import io.errand.broker.agent.Agents;
import io.errand.broker.approval.BreakGlassLifecycle.Wanted;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicySnapshot;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tools;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A public face of this room: break-glass as operators and reviewers have it, by the API and on the pages. */
@Component
public class BreakGlassDesk {

    private static final int MAX_TEXT = 1024;
    private static final int MAX_TICKET = 200;
    private static final int MAX_TOOLS = 64;
    private static final Set<String> FINDINGS = Set.of("justified", "unjustified");
    private static final Problem NONE = Problem.notFound("There is no such break-glass.");

    private final BreakGlassLifecycle life;
    private final BreakGlassProperties settings;
    private final Agents agents;
    private final Tasks tasks;
    private final Tools tools;
    private final Policies policies;

    BreakGlassDesk(
            BreakGlassLifecycle life,
            BreakGlassProperties settings,
            Agents agents,
            Tasks tasks,
            Tools tools,
            Policies policies) {
        this.policies = policies;
        this.life = life;
        this.settings = settings;
        this.agents = agents;
        this.tasks = tasks;
        this.tools = tools;
    }

    /** The longest that one may be active. */
    public Duration maxTtl() {
        return settings.maxTtl();
    }

    public Result<BreakGlassView> activate(BreakGlassRequest asked, Person who) {
        return wanted(asked).then(wanted -> life.activate(wanted, who)).then(view -> Result.ok(told(view)));
    }

    /** Whoever breaks the glass in a hurry should not learn from the next denial that it was the wrong one. */
    private BreakGlassView told(BreakGlassView view) {
        PolicySnapshot book = policies.inForce();
        List<String> nothing = view.tools().stream()
                .filter(tool -> !book.canBeLifted(view.agent(), tool))
                .toList();
        return nothing.isEmpty() ? view : view.withNothingToLift(nothing);
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

    public Result<BreakGlassView> end(String id, Person who) {
        return Ids.parse(id)
                .flatMap(known -> life.end(known, who))
                .map(Result::ok)
                .orElseGet(() -> Result.refused(Problem.notFound("No such break-glass is active.")));
    }

    public Result<BreakGlassView> review(String id, BreakGlassReview review, Person who) {
        Members members =
                new Members().oneOf("finding", review.finding(), FINDINGS).text("comment", review.comment(), MAX_TEXT);
        if (members.problem().isPresent()) {
            return Result.refused(members.problem().get());
        }
        String finding = Objects.requireNonNull(review.finding());
        String comment = Objects.requireNonNull(review.comment());
        return Ids.parse(id)
                .map(known -> life.review(known, finding, comment, who))
                .orElseGet(() -> Result.refused(NONE));
    }

    public Result<BreakGlassView> find(String id) {
        return Ids.parse(id)
                .flatMap(life::find)
                .map(view -> view.state().equals("active") ? told(view) : view)
                .map(Result::ok)
                .orElseGet(() -> Result.refused(NONE));
    }

    /**
     * Some.
     *
     * @param cursor where the page before ended; null: from the first
     * @param limit 1 to 500
     * @param order {@code asc} or {@code desc}; null: the newest first
     */
    public Result<Page<BreakGlassView>> page(@Nullable String cursor, int limit, @Nullable String order) {
        return PageRequest.newestFirst(
                cursor,
                limit,
                order,
                asked -> life.list(asked.after(), asked.rows(), asked.order()),
                BreakGlassView::id);
    }
}
