package io.errand.broker.agent;

import io.errand.api.Page;
import io.errand.api.ProposalDecision;
import io.errand.api.ProposalView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import io.errand.broker.shared.web.PageRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Changes of ceilings for owners to consider: what agents ask for outside of theirs, and what they did not need. A proposal never grants
 * anything: it is adopted by changing the agent, which is an administrator's act like any other.
 */
@Component
public class Proposals {

    /** Of one agent at a time, so that none can fill its owner's list. */
    static final int MOST_OPEN = 20;

    private static final int MAX_COMMENT = 1024;
    private static final int MAX_PURPOSE = 1024;
    private static final String NARROW = "narrow";
    private static final Set<String> STATES = Set.of("open", "adopted", "dismissed");
    private static final Problem NONE = Problem.notFound("There is no such proposal.");

    private final ProposalTable table;
    private final AgentRegistry registry;
    private final Audit audit;

    Proposals(ProposalTable table, AgentRegistry registry, Audit audit) {
        this.table = table;
        this.registry = registry;
        this.audit = audit;
    }

    /** What came of it. */
    public enum Made {
        /** Its owner sees it, perhaps since earlier. */
        OPEN,
        /** The same was dismissed lately. */
        DISMISSED,
        /** So many wait already. */
        TOO_MANY,
        /** Nothing of it is outside the agent's own ceiling, or could be in one. */
        NOTHING
    }

    /**
     * What is wanted.
     *
     * @param access tool to actions; none: the tool was named alone
     */
    public record Wanted(
            Agent agent, Map<String, List<String>> access, String taskType, String purpose, UUID decision) {}

    /** Each tool is a proposal of its own. Whether the tools exist makes no difference: an agent does not learn it. */
    @Transactional
    public Made propose(Wanted wanted) {
        Made made = Made.NOTHING;
        for (Map.Entry<String, List<String>> one : wanted.access().entrySet()) {
            Optional<List<String>> beyond = beyond(wanted.agent(), one.getKey(), one.getValue());
            if (beyond.isPresent()) {
                Made each = propose(wanted, one.getKey(), beyond.get());
                made = made == Made.NOTHING || each == Made.OPEN ? each : made;
            }
        }
        return made;
    }

    private Made propose(Wanted wanted, String tool, List<String> actions) {
        String agent = wanted.agent().name();
        table.hold(agent);
        if (table.askedAgain(agent, tool, actions)) {
            return Made.OPEN;
        }
        if (table.isDismissed("widen", agent, tool, actions)) {
            return Made.DISMISSED;
        }
        if (table.open(agent) >= MOST_OPEN) {
            return Made.TOO_MANY;
        }
        UUID id = Ids.next();
        table.insert(id, agent, tool, actions, wanted.taskType(), cut(wanted.purpose()));
        audit.record(AuditEvent.of("agent.ceiling_proposed")
                .by("agent:" + agent)
                .agent(agent)
                .decision(wanted.decision())
                .with("proposal", id.toString())
                .with("owner", wanted.agent().owner())
                .with("tool", tool)
                .with("actions", actions));
        return Made.OPEN;
    }

    /**
     * That a ceiling loses some of what it has, each tool a proposal of its own; it takes the place of an open one. What was dismissed
     * lately is not proposed again.
     *
     * @param access tool to actions, which the ceiling has
     * @param why a sentence for the owner
     * @return those that are open
     */
    @Transactional
    public List<UUID> narrow(Agent agent, Map<String, List<String>> access, String why, String who) {
        table.hold(agent.name());
        List<UUID> open = new ArrayList<>();
        access.forEach((tool, actions) -> {
            List<String> sorted = List.copyOf(new TreeSet<>(actions));
            if (table.isDismissed(NARROW, agent.name(), tool, sorted)) {
                return;
            }
            table.openOf(agent.name()).stream()
                    .filter(other -> other.narrows() && other.tool().equals(tool))
                    .forEach(other -> close(other.id(), false, who, "Another takes its place."));
            UUID id = Ids.next();
            table.insertNarrowing(id, agent.name(), tool, sorted, cut(why), who);
            audit.record(AuditEvent.of("agent.narrowing_proposed")
                    .by(who)
                    .agent(agent.name())
                    .with("proposal", id.toString())
                    .with("owner", agent.owner())
                    .with("tool", tool)
                    .with("actions", sorted)
                    .with("detail", why));
            open.add(id);
        });
        return open;
    }

    /** The actions that its ceiling would need to have; empty: it has them, or they could be in no ceiling. */
    private static Optional<List<String>> beyond(Agent agent, String tool, List<String> actions) {
        Set<String> has = agent.ceiling().get(tool);
        List<String> more = new ArrayList<>(new TreeSet<>(actions));
        if (has != null) {
            more.removeAll(has);
        }
        boolean named = Names.check(tool).isEmpty()
                && more.size() <= Members.MAX_ENTRIES
                && more.stream().allMatch(action -> Names.check(action).isEmpty());
        return !named || (has != null && more.isEmpty()) ? Optional.empty() : Optional.of(more);
    }

    private static String cut(String purpose) {
        StringBuilder kept = new StringBuilder();
        int bytes = 0;
        for (int code : purpose.codePoints().toArray()) {
            bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
            if (bytes > MAX_PURPOSE) {
                break;
            }
            kept.appendCodePoint(code);
        }
        return kept.toString();
    }

    /** What the change gives an agent is adopted; what a retired agent wanted is nobody's wish. */
    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(AgentChanged change) {
        boolean over = change.after().state() == Agent.State.RETIRED;
        for (ProposalTable.Open open : table.openOf(change.after().name())) {
            if (open.isIn(change.after())) {
                close(open.id(), true, change.who(), null);
            } else if (over) {
                close(open.id(), false, change.who(), "The agent was retired.");
            }
        }
    }

    /** Whether it was open. */
    private boolean close(UUID id, boolean adopted, String who, @Nullable String comment) {
        Optional<String> agent = table.close(id, adopted ? "adopted" : "dismissed", who, comment);
        agent.ifPresent(
                name -> audit.record(AuditEvent.of(adopted ? "agent.proposal_adopted" : "agent.proposal_dismissed")
                        .by(who)
                        .agent(name)
                        .with("proposal", id.toString())
                        .with("comment", comment)));
        return agent.isPresent();
    }

    /** @param state null: any */
    Result<Page<ProposalView>> page(
            @Nullable String agent,
            @Nullable String state,
            @Nullable String cursor,
            int limit,
            @Nullable String order) {
        if (state != null && !STATES.contains(state)) {
            return Result.refused(Problem.badRequest("state is open, adopted or dismissed."));
        }
        return PageRequest.newestFirst(
                cursor,
                limit,
                order,
                asked -> table.list(agent, state, asked.after(), asked.rows(), asked.order()),
                ProposalView::id);
    }

    Result<ProposalView> find(String id) {
        return Ids.parse(id).flatMap(table::find).map(Result::ok).orElseGet(() -> Result.refused(NONE));
    }

    @Transactional(RegistryTransactions.NAME)
    public Result<ProposalView> decide(String id, ProposalDecision said, Person who) {
        Members members = new Members().oneOf("decision", said.decision(), Set.of("dismiss", "adopt"));
        if (said.comment() != null) {
            members.text("comment", said.comment(), MAX_COMMENT);
        }
        if (members.problem().isPresent()) {
            return Result.refused(members.problem().get());
        }
        return find(id).then(view -> {
            if (!view.state().equals("open")) {
                return Result.refused(Problem.conflict("This proposal is " + view.state() + " already."));
            }
            if ("adopt".equals(said.decision())) {
                return adopt(view, said.comment(), who);
            }
            close(UUID.fromString(view.id()), false, who.name(), said.comment());
            return find(id);
        });
    }

    /** Two people narrow an agent, unless its owner does. */
    private Result<ProposalView> adopt(ProposalView view, @Nullable String comment, Person who) {
        if (!view.kind().equals(NARROW)) {
            return Result.refused(
                    Problem.invalidMember(
                            "decision",
                            "What an agent asked for is adopted by changing the agent (`errand apply`); here it can be dismissed."));
        }
        if (who.isOwner(String.valueOf(view.proposedBy())) && !who.isOwner(view.owner())) {
            return Result.refused(Problem.forbidden(
                    "You proposed this; another administrator, or the agent's owner, is to adopt it."));
        }
        return registry.narrow(
                        view.agent(),
                        view.tool(),
                        Set.copyOf(view.actions()),
                        who.name(),
                        () -> close(UUID.fromString(view.id()), true, who.name(), comment))
                .then(narrowed -> find(view.id()));
    }
}
