package io.errand.broker.discovery;

import io.errand.api.AgentResource;
import io.errand.api.DiscoveredIgnore;
import io.errand.api.DiscoveredRegistration;
import io.errand.api.DiscoveredView;
import io.errand.api.Page;
import io.errand.broker.agent.AgentDrafts;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import io.errand.broker.shared.web.PageRequest;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What people say of what was discovered. */
@Component
class Discoveries {

    private static final Set<String> KINDS = Set.of(DiscoveredTable.IDENTITY, DiscoveredTable.LOGIN);
    private static final Set<String> STATES = Set.of("new", "registered", "ignored");
    private static final int MOST_TEXT = 1024;
    private static final Problem NONE =
            Problem.notFound("Nothing like that was discovered, or an agent has it by now.");
    private static final Problem SAID = Problem.conflict("That was said of it already.");

    private final DiscoveredTable table;
    private final AgentDrafts drafts;

    Discoveries(DiscoveredTable table, AgentDrafts drafts) {
        this.table = table;
        this.drafts = drafts;
    }

    Result<Page<DiscoveredView>> page(
            @Nullable String kind, @Nullable String state, @Nullable String cursor, int limit, @Nullable String order) {
        if (kind != null && !KINDS.contains(kind)) {
            return Result.refused(Problem.badRequest("kind is identity or login."));
        }
        if (state != null && !STATES.contains(state)) {
            return Result.refused(Problem.badRequest("state is new, registered or ignored."));
        }
        return PageRequest.newestFirst(
                cursor,
                limit,
                order,
                asked -> table.list(kind, state, asked.after(), asked.rows(), asked.order()),
                DiscoveredView::id);
    }

    Result<DiscoveredView> find(String id) {
        return Ids.parse(id).flatMap(table::find).map(Result::ok).orElseGet(() -> Result.refused(NONE));
    }

    Result<DiscoveredView> ignore(String id, DiscoveredIgnore asked, String who) {
        return new Members()
                .text("comment", asked.comment(), MOST_TEXT)
                .then(() -> id)
                .then(known -> find(known))
                .then(view -> table.say(view, "ignored", who, asked.comment()) ? find(id) : Result.refused(SAID));
    }

    Result<DiscoveredView> register(String id, DiscoveredRegistration asked, String who) {
        return find(id).then(view -> view.name().isEmpty()
                ? Result.refused(Problem.conflict("These are others, of whom no name was kept."))
                : view.kind().equals(DiscoveredTable.IDENTITY) ? agent(view, asked, who) : login(view, asked, who));
    }

    /** The draft and what is said of the identity are one transaction; from then on the identity is the draft's. */
    private Result<DiscoveredView> agent(DiscoveredView view, DiscoveredRegistration asked, String who) {
        String name = Objects.requireNonNullElse(asked.name(), "");
        return drafts.create(
                name,
                new AgentResource(
                        "Agent",
                        name,
                        asked.owner(),
                        asked.purpose(),
                        List.of(new AgentResource.Identity(view.place(), view.name())),
                        asked.taskTypes(),
                        List.of(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        "draft",
                        null,
                        null),
                who,
                () -> table.say(view, "registered", who, "agent " + name)
                        ? Result.ok(new DiscoveredView(
                                view.id(),
                                view.kind(),
                                view.place(),
                                view.name(),
                                view.detail(),
                                view.firstAt(),
                                view.lastAt(),
                                view.times(),
                                view.lastUsedAt(),
                                "registered",
                                who,
                                table.now(),
                                "agent " + name))
                        : Result.refused(SAID));
    }

    private Result<DiscoveredView> login(DiscoveredView view, DiscoveredRegistration asked, String who) {
        return new Members()
                .text("owner", asked.owner(), 255)
                .text("purpose", asked.purpose(), MOST_TEXT - 300)
                .check(asked.name() == null, "name", "A login does not become an agent; leave it out.")
                .check(asked.taskTypes() == null, "task_types", "A login does not become an agent; leave it out.")
                .then(() -> asked.owner() + ": " + asked.purpose())
                .then(comment -> say(view, comment, who));
    }

    private Result<DiscoveredView> say(DiscoveredView view, String comment, String who) {
        return table.say(view, "registered", who, comment) ? find(view.id()) : Result.refused(SAID);
    }
}
