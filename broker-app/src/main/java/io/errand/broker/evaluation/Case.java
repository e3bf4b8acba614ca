package io.errand.broker.evaluation;

import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.policy.Circumstances;
import io.errand.broker.policy.Question;
import io.errand.broker.task.Sessions.Memory;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Whom and what a decision is about. */
record Case(Task task, TaskDeclaration declaration, Agent agent, Tool tool) {

    Map<String, Object> declared() {
        return declaration.context() == null ? Map.of() : declaration.context();
    }

    String kind(String action) {
        return tool.kinds().getOrDefault(action, "unknown");
    }

    /** @param asked {@code use} or {@code issue} */
    Question question(String asked, List<String> actions, Memory memory, Instant now, boolean isDrifted) {
        return new Question(
                asked,
                agent,
                tool,
                actions,
                new Question.Facts(
                        task.type(),
                        task.purpose(),
                        task.depth(),
                        task.onBehalfOf().orElse(null),
                        Duration.between(now, task.expiresAt()),
                        declared(),
                        declaration.fingerprint() != null),
                Circumstances.at(now)
                        .senderConstrained(task.senderConstrained())
                        .fingerprintChanged(isDrifted)
                        .session(new Circumstances.Session(
                                memory.labels(), memory.personLabels(), memory.tools(), memory.counters())));
    }
}
