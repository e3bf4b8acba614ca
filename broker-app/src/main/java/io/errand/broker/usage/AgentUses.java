package io.errand.broker.usage;

import io.errand.api.AgentUsageView;
import io.errand.api.AuditEntry;
import io.errand.broker.agent.Agent;
import io.errand.broker.audit.PastDecisions;
import io.errand.broker.usage.AgentUse.Kind;
import io.errand.broker.usage.UsageTables.Counted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** What an agent was granted, used, and was refused. */
@Component
class AgentUses {

    private static final Set<String> DENIALS = Set.of("exchange.denied", "delegation.denied");
    private static final int MOST_DENIALS = 5_000;

    private final UsageTables tables;
    private final PastDecisions past;

    AgentUses(UsageTables tables, PastDecisions past) {
        this.tables = tables;
        this.past = past;
    }

    /**
     * What was found.
     *
     * @param whole whether all of its tasks were looked at
     * @param refusalsWhole whether all of its refusals were
     */
    record Found(Agent agent, Instant since, Instant until, boolean whole, boolean refusalsWhole, AgentUse use) {

        AgentUsageView view() {
            return new AgentUsageView(agent.name(), agent.owner(), since, until, whole, refusalsWhole, use.actions());
        }
    }

    @Transactional(readOnly = true)
    public Found of(Agent agent, Duration ago) {
        Instant until = tables.now();
        Instant since = until.minus(ago);
        AgentUse use = new AgentUse(agent);
        List<Counted> granted = tables.granted(agent, since);
        List<Counted> handedOn = tables.handedOn(agent, since);
        List<Counted> decided = tables.decided(agent, since);
        List<Counted> observed = tables.observed(agent, since);
        List<Counted> permitted = decided.stream().filter(Counted::permitted).toList();
        use.add(Kind.GRANTED, granted);
        use.add(Kind.HANDED_ON, handedOn);
        use.add(Kind.USED, permitted);
        use.add(Kind.OBSERVED, observed);
        use.add(Kind.REFUSED, decided.stream().filter(row -> !row.permitted()).toList());
        PastDecisions.OfAgent denied = past.of(agent.name(), DENIALS, since, MOST_DENIALS);
        denied.found().forEach(event -> use.add(Kind.REFUSED, refused(event)));
        boolean whole =
                Stream.of(granted, handedOn, permitted, observed).allMatch(rows -> rows.size() < UsageTables.MOST_ROWS)
                        && tables.isWhole(agent, since);
        return new Found(agent, since, until, whole, denied.whole(), use);
    }

    /** What policy refused, or what was asked for outside the ceiling: the rest of a request was not looked at. */
    private static List<Counted> refused(AuditEntry event) {
        List<Counted> refused = new ArrayList<>();
        if (event.details().get("steps") instanceof List<?> steps) {
            for (Object each : steps) {
                if (each instanceof Map<?, ?> step) {
                    if ("policy".equals(step.get("step")) && "deny".equals(step.get("effect"))) {
                        refused.add(counted(step, event, step.get("reason")));
                    } else if ("asked".equals(step.get("step"))) {
                        refused.add(counted(step, event, event.details().get("reason")));
                    }
                }
            }
        }
        return refused;
    }

    private static Counted counted(Map<?, ?> step, AuditEntry event, @Nullable Object reason) {
        List<String> actions = step.get("actions") instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
        return new Counted(
                String.valueOf(step.get("tool")),
                actions.isEmpty() ? List.of("*") : actions,
                false,
                1,
                event.at(),
                reason instanceof String why ? why : null);
    }
}
