package io.errand.broker.policy.whatif;

import io.errand.api.AuditEntry;
import io.errand.api.PolicyQuestion;
import io.errand.api.PolicyReplay;
import io.errand.api.PolicyReplayReport;
import io.errand.api.PolicyReplayReport.Answer;
import io.errand.api.PolicyReplayReport.Difference;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.audit.PastDecisions;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.cedar.CedarEvaluator;
import io.errand.broker.policy.cedar.PolicyError;
import io.errand.broker.policy.cedar.PolicyIndex;
import io.errand.broker.policy.cedar.PolicySubset;
import io.errand.broker.policy.cedar.PolicyText;
import io.errand.broker.policy.cedar.PolicyText.Read;
import io.errand.broker.policy.cedar.PolicyText.Reading;
import io.errand.broker.policy.registry.ActiveRules;
import io.errand.broker.policy.registry.PolicyVersions;
import io.errand.broker.policy.registry.PolicyVersions.Version;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Past decisions under other policies. Nothing is recorded of it, and no external decision point is asked. */
@Component
class PolicyReplays {

    private static final Duration LONGEST = Duration.ofDays(30);
    private static final Duration A_DAY = Duration.ofDays(1);
    private static final int MOST = 10_000;
    private static final int MOST_DIFFERENCES = 1_000;
    private static final int BATCH = 500;

    private final PastDecisions past;
    private final PolicyVersions versions;
    private final PolicyText text;
    private final ActiveRules active;
    private final CedarEvaluator cedarEvaluator;
    private final Agents agents;
    private final Tools tools;

    PolicyReplays(
            PastDecisions past,
            PolicyVersions versions,
            PolicyText text,
            ActiveRules active,
            CedarEvaluator cedarEvaluator,
            Agents agents,
            Tools tools) {
        this.past = past;
        this.versions = versions;
        this.text = text;
        this.active = active;
        this.cedarEvaluator = cedarEvaluator;
        this.agents = agents;
        this.tools = tools;
    }

    Result<PolicyReplayReport> replay(PolicyReplay asked) {
        String name = asked.name();
        if (name == null || Names.check(name).isPresent()) {
            return Result.refused(Problem.invalidMember("name", "name is the set that is replaced or added."));
        }
        Duration since = Objects.requireNonNullElse(asked.since(), A_DAY);
        if (!since.isPositive() || since.compareTo(LONGEST) > 0) {
            return Result.refused(Problem.invalidMember("since", "since is a duration of at most P30D."));
        }
        int limit = Objects.requireNonNullElse(asked.limit(), MOST);
        if (limit < 1 || limit > MOST) {
            return Result.refused(Problem.invalidMember("limit", "limit is a number from 1 to " + MOST + "."));
        }
        return proposed(name, asked).then(index -> Result.ok(new Run(index).over(since, limit)));
    }

    private Result<PolicyIndex> proposed(String name, PolicyReplay asked) {
        String cedar = asked.cedar();
        int version = Objects.requireNonNullElseGet(asked.version(), () -> versions.latest(name));
        if (cedar == null) {
            Optional<Version> saved = versions.numbered(name, version);
            if (saved.isEmpty()) {
                return Result.refused(Problem.notFound("There is no such version of this policy."));
            }
            cedar = saved.get().cedar();
        }
        Optional<List<PolicySubset.Member>> others = active.without(name);
        if (others.isEmpty()) {
            return Result.refused(Problem.conflict("Another set in force cannot be read; repair it first."));
        }
        return switch (text.check(cedar)) {
            case Reading.Flawed(PolicyError policyError) -> Result.refused(policyError.problem());
            case Reading.Good(List<Read> read) -> {
                List<PolicySubset.Member> all = new ArrayList<>(others.get());
                read.forEach(
                        policy -> all.add(PolicySubset.Member.of(name, asked.cedar() == null ? version : 0, policy)));
                yield Result.ok(new PolicyIndex(all));
            }
        };
    }

    /** One replay: what it has seen so far. */
    private final class Run {

        private final PolicyIndex index;
        private final Map<String, Optional<Agent>> agentsByName = new HashMap<>();
        private final Map<String, Optional<Tool>> toolsByName = new HashMap<>();
        private final List<Difference> differences = new ArrayList<>();
        private int replayed;
        private int same;
        private int skipped;
        private boolean truncated;

        Run(PolicyIndex index) {
            this.index = index;
        }

        PolicyReplayReport over(Duration since, int limit) {
            @Nullable UUID before = null;
            int seen = 0;
            while (seen < limit) {
                List<AuditEntry> events = past.since(since, before, Math.min(BATCH, limit - seen));
                events.forEach(this::again);
                seen += events.size();
                if (events.size() < BATCH) {
                    break;
                }
                before = UUID.fromString(events.getLast().id());
            }
            return new PolicyReplayReport(replayed, same, skipped, differences, truncated || seen == limit);
        }

        private void again(AuditEntry event) {
            PastDecision was = PastDecision.of(event);
            PolicyQuestion asked = was.asked();
            if (asked == null || asked.agent() == null) {
                return;
            }
            Optional<Agent> agent = agentsByName.computeIfAbsent(asked.agent(), agents::byName);
            for (PastDecision.Said said : was.rulings()) {
                Optional<Tool> tool = toolsByName.computeIfAbsent(said.tool(), tools::byName);
                if (agent.isEmpty() || tool.isEmpty()) {
                    skipped++;
                } else {
                    replayed++;
                    boolean changed = agent.get().version() != was.agentVersion()
                            || tool.get().version() != said.toolVersion();
                    again(event, asked, agent.get(), tool.get(), said, changed);
                }
            }
        }

        private void again(
                AuditEntry event,
                PolicyQuestion asked,
                Agent agent,
                Tool tool,
                PastDecision.Said said,
                boolean registrationChanged) {
            PolicyRequest policyRequest =
                    PolicyRequest.of(asked, said.action(), agent, tool, said.actions(), event.at());
            PolicyDecision now = cedarEvaluator.rule(policyRequest, index.slice(policyRequest));
            if (now.effect().equals(said.effect())) {
                same++;
            } else if (differences.size() == MOST_DIFFERENCES) {
                truncated = true;
            } else {
                differences.add(new Difference(
                        String.valueOf(event.decision()),
                        event.at(),
                        agent.name(),
                        tool.name(),
                        said.actions(),
                        new Answer(said.effect(), said.policies(), said.reason()),
                        new Answer(
                                now.effect(),
                                now.policies(),
                                now instanceof PolicyDecision.Deny deny ? deny.reason() : null),
                        registrationChanged));
            }
        }
    }
}
