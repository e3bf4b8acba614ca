package io.errand.broker.usage;

import io.errand.api.AgentResource.ToolGrant;
import io.errand.api.RightsizingRequest;
import io.errand.api.RightsizingView;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Proposals;
import io.errand.broker.policy.PastRequests;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.usage.AgentUse.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The smallest ceiling that would have sufficed, what would have failed under it, and its proposal to the owner. */
@Component
class Rightsizings {

    private static final String GRANTED = "granted";
    private static final Set<String> BASES = Set.of(GRANTED, "used");
    private static final int MOST_WITHOUT = 64;

    private final Agents agents;
    private final AgentUses uses;
    private final PastRequests past;
    private final Proposals proposals;

    Rightsizings(Agents agents, AgentUses uses, PastRequests past, Proposals proposals) {
        this.agents = agents;
        this.uses = uses;
        this.past = past;
        this.proposals = proposals;
    }

    /** @param without {@code tool} or {@code tool:action}: what is to be taken away beside that */
    Result<RightsizingView> look(String name, Duration ago, @Nullable String basis, List<String> without) {
        return sized(name, ago, basis, without).then(sized -> Result.ok(sized.view(List.of())));
    }

    Result<RightsizingView> propose(String name, RightsizingRequest asked, String who) {
        return Period.of(asked.since())
                .then(ago -> sized(name, ago, asked.basis(), List.of()))
                .then(sized -> {
                    if (!sized.found().whole()) {
                        return Result.refused(Problem.conflict(
                                "The agent did more in this time than is looked at, so what it did not need is not known;"
                                        + " name a shorter time with since."));
                    }
                    List<UUID> ids = proposals.narrow(sized.agent(), map(sized.removed()), why(sized), who);
                    return Result.ok(sized.view(ids.stream().map(UUID::toString).toList()));
                });
    }

    private static String why(Sized sized) {
        return "Not " + (sized.basis().equals(GRANTED) ? "granted" : "used") + " since "
                + sized.found().since()
                + "; of " + sized.replay().replayed() + " grants of that time "
                + sized.replay().failing().size() + " would fail without it.";
    }

    private record Sized(
            AgentUses.Found found,
            String basis,
            List<ToolGrant> after,
            List<ToolGrant> removed,
            PastRequests.Replay replay) {

        Agent agent() {
            return found.agent();
        }

        RightsizingView view(List<String> proposed) {
            return new RightsizingView(
                    agent().name(),
                    agent().owner(),
                    agent().version(),
                    found.since(),
                    basis,
                    list(agent().ceiling()),
                    after,
                    removed,
                    replay.replayed(),
                    replay.failing().stream()
                            .map(failure -> new RightsizingView.Failure(
                                    failure.decision(),
                                    failure.at(),
                                    failure.missing().entrySet().stream()
                                            .map(entry -> new ToolGrant(entry.getKey(), entry.getValue()))
                                            .toList(),
                                    failure.reason()))
                            .toList(),
                    removed.stream().flatMap(this::failingUses).toList(),
                    replay.truncated(),
                    proposed);
        }

        private Stream<RightsizingView.FailingUse> failingUses(ToolGrant removed) {
            return removed.actions().stream()
                    .filter(action -> found.use().has(Kind.USED, removed.tool(), action))
                    .map(action -> new RightsizingView.FailingUse(
                            removed.tool(), action, found.use().times(Kind.USED, removed.tool(), action)));
        }
    }

    private Result<Sized> sized(String name, Duration ago, @Nullable String basis, List<String> without) {
        String by = Objects.requireNonNullElse(basis, GRANTED);
        if (!BASES.contains(by)) {
            return Result.refused(Problem.invalidMember("basis", "basis is granted or used."));
        }
        if (without.size() > MOST_WITHOUT) {
            return Result.refused(Problem.invalidMember("without", "without names " + MOST_WITHOUT + " at most."));
        }
        return agents.byName(name)
                .map(agent -> without(agent, without).then(gone -> Result.ok(sized(agent, ago, by, gone))))
                .orElseGet(() -> Result.refused(Problem.notFound("There is no '" + name + "'.")));
    }

    private Sized sized(Agent agent, Duration ago, String basis, Map<String, Set<String>> without) {
        AgentUses.Found found = uses.of(agent, ago);
        Set<String> told = basis.equals(GRANTED) ? Set.of() : found.use().told();
        Map<String, Set<String>> after = new LinkedHashMap<>();
        Map<String, Set<String>> removed = new LinkedHashMap<>();
        agent.ceiling()
                .forEach((tool, actions) -> actions.forEach(action -> {
                    boolean stays = isNeeded(found.use(), told.contains(tool), tool, action)
                            && !without.getOrDefault(tool, Set.of()).contains(action);
                    (stays ? after : removed)
                            .computeIfAbsent(tool, each -> new LinkedHashSet<>())
                            .add(action);
                }));
        return new Sized(found, basis, list(after), list(removed), past.under(after, agent, found.since()));
    }

    private static boolean isNeeded(AgentUse use, boolean byUse, String tool, String action) {
        return use.has(Kind.HANDED_ON, tool, action)
                || use.has(Kind.USED, tool, action)
                || use.has(byUse ? Kind.OBSERVED : Kind.GRANTED, tool, action);
    }

    private static Result<Map<String, Set<String>>> without(Agent agent, List<String> named) {
        Map<String, Set<String>> gone = new LinkedHashMap<>();
        for (String one : named) {
            int colon = one.indexOf(':');
            String tool = colon < 0 ? one : one.substring(0, colon);
            Set<String> has = agent.ceiling().getOrDefault(tool, Set.of());
            Set<String> actions = colon < 0 ? has : Set.of(one.substring(colon + 1));
            if (actions.isEmpty() || !has.containsAll(actions)) {
                return Result.refused(Problem.invalidMember(
                        "without", "without names tools of the agent's ceiling, or tool:action of it."));
            }
            gone.computeIfAbsent(tool, each -> new LinkedHashSet<>()).addAll(actions);
        }
        return Result.ok(gone);
    }

    private static List<ToolGrant> list(Map<String, Set<String>> access) {
        List<ToolGrant> list = new ArrayList<>();
        access.forEach((tool, actions) -> list.add(new ToolGrant(tool, List.copyOf(actions))));
        return list;
    }

    private static Map<String, List<String>> map(List<ToolGrant> access) {
        Map<String, List<String>> map = new LinkedHashMap<>();
        access.forEach(grant -> map.put(grant.tool(), grant.actions()));
        return map;
    }
}
