package io.errand.broker.usage;

import io.errand.api.AgentUsageView;
import io.errand.broker.agent.Agent;
import io.errand.broker.usage.UsageTables.Counted;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is known of one agent's time, by tool and action. Not thread-safe. */
final class AgentUse {

    private static final int MOST = UsageTables.MOST_ROWS;

    private record Of(String tool, String action) {}

    /** How often, and when last. */
    private static final class Tally {

        private long times;
        private @Nullable Instant last;
        private @Nullable String reason;

        void add(long more, Instant at, @Nullable String why) {
            times += more;
            if (last == null || at.isAfter(last)) {
                last = at;
                reason = why;
            }
        }
    }

    /** What is counted. */
    enum Kind {
        GRANTED,
        HANDED_ON,
        USED,
        OBSERVED,
        REFUSED
    }

    private final Agent agent;
    private final Map<Kind, Map<Of, Tally>> tallies = new HashMap<>();

    AgentUse(Agent agent) {
        this.agent = agent;
    }

    void add(Kind kind, Collection<Counted> rows) {
        rows.forEach(row -> add(kind, row));
    }

    void add(Kind kind, Counted row) {
        for (String action : new TreeSet<>(row.actions())) {
            tallies.computeIfAbsent(kind, each -> new HashMap<>())
                    .computeIfAbsent(new Of(row.tool(), action), each -> new Tally())
                    .add(row.times(), row.last(), row.reason());
        }
    }

    private Tally of(Kind kind, Of what) {
        return tallies.getOrDefault(kind, Map.of()).getOrDefault(what, new Tally());
    }

    boolean has(Kind kind, String tool, String action) {
        return of(kind, new Of(tool, action)).times > 0;
    }

    long times(Kind kind, String tool, String action) {
        return of(kind, new Of(tool, action)).times;
    }

    /** Tools of which a use was told: of others nobody knows whether they were used. */
    Set<String> told() {
        return Stream.of(Kind.USED, Kind.OBSERVED)
                .flatMap(kind -> tallies.getOrDefault(kind, Map.of()).keySet().stream())
                .map(Of::tool)
                .collect(Collectors.toSet());
    }

    /** All of the ceiling, and then what else was asked for, as far as there is room. */
    List<AgentUsageView.Action> actions() {
        Comparator<Of> order = Comparator.comparing(Of::tool).thenComparing(Of::action);
        Map<Of, Boolean> all = new TreeMap<>(order);
        agent.ceiling().forEach((tool, actions) -> actions.forEach(action -> all.put(new Of(tool, action), true)));
        tallies.values().stream()
                .flatMap(each -> each.keySet().stream())
                .distinct()
                .sorted(order)
                .filter(of -> !all.containsKey(of))
                .limit(Math.max(0, MOST - all.size()))
                .toList()
                .forEach(of -> all.put(of, false));
        return all.entrySet().stream()
                .map(entry -> view(entry.getKey(), entry.getValue()))
                .toList();
    }

    private AgentUsageView.Action view(Of what, boolean inCeiling) {
        Tally granted = of(Kind.GRANTED, what);
        Tally used = of(Kind.USED, what);
        Tally observed = of(Kind.OBSERVED, what);
        Tally refused = of(Kind.REFUSED, what);
        return new AgentUsageView.Action(
                what.tool(),
                what.action(),
                inCeiling,
                granted.times,
                granted.last,
                of(Kind.HANDED_ON, what).times,
                used.times,
                used.last,
                observed.times,
                observed.last,
                refused.times,
                refused.last,
                refused.reason);
    }
}
