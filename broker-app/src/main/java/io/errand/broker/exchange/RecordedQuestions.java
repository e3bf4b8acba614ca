package io.errand.broker.exchange;

import io.errand.api.LeaseView;
import io.errand.api.PolicyQuestion;
import io.errand.broker.agent.Agent;
import io.errand.broker.lease.Leases;
import io.errand.broker.policy.PolicyRequest;
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
    private final Clock clock;

    RecordedQuestions(Leases leases, Clock clock) {
        this.leases = leases;
        this.clock = clock;
    }

    PolicyRequest again(LeaseView lease, Task task, Agent agent, Tool tool) {
        // A grant that was recorded without its question declared nothing, as far as anybody knows (P5).
        PolicyQuestion asked = leases.question(UUID.fromString(lease.id())).orElseGet(() -> bare(task));
        Instant now = clock.instant();
        Duration left = Duration.between(now, lease.expiresAt());
        return PolicyRequest.of(asked, "issue", agent, tool, lease.actions(), now)
                .at(now, left.isNegative() ? Duration.ZERO : left);
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
