package io.errand.broker.policy.whatif;

import io.errand.api.AuditEntry;
import io.errand.api.PolicyQuestion;
import io.errand.broker.agent.Agent;
import io.errand.broker.audit.PastDecisions;
import io.errand.broker.policy.PastRequests;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.cedar.CedarEvaluator;
import io.errand.broker.policy.cedar.PolicyIndex;
import io.errand.broker.policy.cedar.PolicySubset;
import io.errand.broker.policy.registry.ActiveRules;
import io.errand.broker.shared.Ids;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

@Component
class RecordedRequests implements PastRequests {

    private static final Set<String> KINDS = Set.of("exchange.granted", "delegation.created");
    private static final int MOST = 10_000;
    private static final int MOST_FAILURES = 1_000;
    private static final int MOST_USES = 100_000;
    private static final int BATCH = 500;
    private static final Duration CLOCKS = Duration.ofMinutes(15);

    private final PastDecisions past;
    private final ActiveRules active;
    private final CedarEvaluator cedarEvaluator;
    private final Tools tools;
    private final JdbcClient jdbc;

    RecordedRequests(
            PastDecisions past, ActiveRules active, CedarEvaluator cedarEvaluator, Tools tools, JdbcClient jdbc) {
        this.past = past;
        this.active = active;
        this.cedarEvaluator = cedarEvaluator;
        this.tools = tools;
        this.jdbc = jdbc;
    }

    @Override
    public Replay under(Map<String, Set<String>> ceiling, Agent agent, Instant since) {
        PastDecisions.OfAgent granted = past.of(agent.name(), KINDS, since, MOST);
        Run run = new Run(ceiling, agent, new PolicyIndex(active.without("").orElse(List.of())));
        List<Failure> failing = granted.found().stream()
                .flatMap(event -> run.again(event).stream())
                .toList();
        return new Replay(
                granted.found().size(),
                failing.stream().limit(MOST_FAILURES).toList(),
                !granted.whole() || failing.size() > MOST_FAILURES);
    }

    /** One replay. */
    private final class Run {

        private final Map<String, Set<String>> ceiling;
        private final Agent today;
        private final Agent smaller;
        private final PolicyIndex index;
        private final Map<String, Optional<Tool>> byName = new HashMap<>();

        Run(Map<String, Set<String>> ceiling, Agent today, PolicyIndex index) {
            this.ceiling = ceiling;
            this.today = today;
            this.smaller = HypotheticalEntities.within(today, ceiling);
            this.index = index;
        }

        /** Empty: it would be granted as it was, or would not be granted today either. */
        Optional<Failure> again(AuditEntry event) {
            PastDecision was = PastDecision.of(event);
            Map<String, List<String>> missing = new TreeMap<>();
            for (PastDecision.Said said : was.rulings()) {
                if (!today.ceiling().getOrDefault(said.tool(), Set.of()).containsAll(said.actions())) {
                    return Optional.empty();
                }
                List<String> beyond = new ArrayList<>(said.actions());
                beyond.removeAll(ceiling.getOrDefault(said.tool(), Set.of()));
                if (!beyond.isEmpty()) {
                    missing.put(said.tool(), beyond);
                }
            }
            if (!missing.isEmpty()) {
                return Optional.of(failure(event, missing, "outside_ceiling"));
            }
            return was.rulings().stream()
                    .flatMap(said -> refusal(event, was.asked(), said).stream())
                    .findFirst()
                    .map(reason -> failure(event, missing, reason));
        }

        /** Policies see which tools an agent may have at all. */
        private Optional<String> refusal(AuditEntry event, @Nullable PolicyQuestion asked, PastDecision.Said said) {
            Optional<Tool> tool = byName.computeIfAbsent(said.tool(), tools::byName);
            if (asked == null || tool.isEmpty() || !said.effect().equals("permit")) {
                return Optional.empty();
            }
            PolicyDecision then = decide(event, asked, said, smaller, tool.get());
            return then instanceof PolicyDecision.Permit
                            || !(decide(event, asked, said, today, tool.get()) instanceof PolicyDecision.Permit)
                    ? Optional.empty()
                    : Optional.of(then instanceof PolicyDecision.Deny deny ? deny.reason() : then.effect());
        }

        private PolicyDecision decide(
                AuditEntry event, PolicyQuestion asked, PastDecision.Said said, Agent agent, Tool tool) {
            PolicyRequest request = PolicyRequest.of(asked, said.action(), agent, tool, said.actions(), event.at());
            return cedarEvaluator.rule(request, index.slice(request));
        }

        private static Failure failure(AuditEntry event, Map<String, List<String>> missing, String reason) {
            return new Failure(String.valueOf(event.decision()), event.at(), missing, reason);
        }
    }

    @Override
    public Idle idle(Instant since, int most) {
        Set<String> determined = new HashSet<>(ofUses(since));
        Duration ago = Duration.between(since, now());
        @Nullable UUID before = null;
        int seen = 0;
        List<AuditEntry> events;
        do {
            events = past.since(ago, before, BATCH);
            for (AuditEntry event : events) {
                PastDecision.of(event).rulings().forEach(said -> {
                    determined.addAll(said.policies());
                    determined.addAll(said.lifted());
                    determined.addAll(said.observed());
                });
                before = UUID.fromString(event.id());
            }
            seen += events.size();
        } while (events.size() == BATCH && seen < MOST);
        Set<String> known = setsKnownAt(since);
        List<Policy> idle = active.without("").orElse(List.of()).stream()
                .filter(member -> !determined.contains(member.id()) && known.contains(setOf(member)))
                .map(member ->
                        new Policy(member.id(), member.rule().effect().name().toLowerCase(Locale.ROOT)))
                .limit(most)
                .toList();
        return new Idle(idle, seen, seen >= MOST);
    }

    private static String setOf(PolicySubset.Member member) {
        return member.id().substring(0, member.id().indexOf('@'));
    }

    private Instant now() {
        return jdbc.sql("SELECT now()").query(OffsetDateTime.class).single().toInstant();
    }

    /** What determined the newest uses. By the primary key. */
    private List<String> ofUses(Instant since) {
        return jdbc.sql("""
                        SELECT DISTINCT jsonb_array_elements_text(policies) FROM (
                            SELECT policies FROM decision WHERE id >= :first ORDER BY id DESC LIMIT :most) newest
                         WHERE jsonb_typeof(policies) = 'array'
                        """)
                .param("first", Ids.least(since.minus(CLOCKS)))
                .param("most", MOST_USES)
                .query(String.class)
                .list();
    }

    /** Sets whose version in force is as old as that. */
    private Set<String> setsKnownAt(Instant since) {
        return Set.copyOf(jdbc.sql("SELECT name FROM policy_version WHERE status = 'active' AND created_at < :since")
                .param("since", OffsetDateTime.ofInstant(since, ZoneOffset.UTC))
                .query(String.class)
                .list());
    }
}
