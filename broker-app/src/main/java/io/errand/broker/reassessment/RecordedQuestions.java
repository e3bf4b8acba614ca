package io.errand.broker.reassessment;

import io.errand.api.LeaseView;
import io.errand.api.PolicyQuestion;
import io.errand.broker.agent.Agent;
import io.errand.broker.exception.Exceptions;
import io.errand.broker.lease.Leases;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.risk.Risks;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** What policy was asked when a lease was granted, to be asked again: of agent and tool as they are, at this moment. */
@Component
class RecordedQuestions {

    private final Leases leases;
    private final Risks risks;
    private final Exceptions exceptions;
    private final Clock clock;

    RecordedQuestions(Leases leases, Risks risks, Exceptions exceptions, Clock clock) {
        this.leases = leases;
        this.risks = risks;
        this.exceptions = exceptions;
        this.clock = clock;
    }

    PolicyRequest again(LeaseView lease, Task task, Agent agent, Tool tool) {
        // A grant that was recorded without its question declared nothing, as far as anybody knows (P5).
        PolicyQuestion asked = leases.question(UUID.fromString(lease.id())).orElseGet(() -> bare(task));
        Instant now = clock.instant();
        Duration left = Duration.between(now, lease.expiresAt());
        PolicyRequest again = PolicyRequest.of(asked, "issue", agent, tool, lease.actions(), now)
                .at(now, left.isNegative() ? Duration.ZERO : left);
        return again.in(again.policyContext()
                .risk(risks.of(access(lease, task, tool)))
                .exceptions(exceptions.of(agent.name(), tool.name())));
    }

    Risks.Access access(LeaseView lease, Task task, Tool tool) {
        return Risks.Access.of(
                task, tool, leases.datatypes(UUID.fromString(lease.id())).orElse(null));
    }

    private static PolicyQuestion bare(Task task) {
        PolicyQuestion.Task facts = new PolicyQuestion.Task(
                task.type(),
                task.purpose(),
                task.depth(),
                task.onBehalfOf().orElse(null),
                null,
                Map.of(),
                false,
                task.origin() == Task.Origin.DECLARED);
        return new PolicyQuestion(task.agent(), null, null, null, facts, null);
    }
}
