package io.errand.broker.caller;

import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.tasktype.PurposeTemplate;
import io.errand.broker.tasktype.TaskType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The purpose of a task that is declared now: its own, else its type's, else its agent's; and what its type wants to be told. */
public final class TypedPurpose {

    private TypedPurpose() {}

    /** What it lacks, if it lacks anything, is said by name. */
    public static GrantStep<String> of(TaskDeclaration task, Optional<TaskType> type, Agent agent) {
        Map<String, Object> context = task.context() == null ? Map.of() : task.context();
        List<String> missing = type.map(known -> known.missing(context)).orElse(List.of());
        if (!missing.isEmpty()) {
            return GrantStep.stop(Refusal.invalidRequest(
                    "task_context_missing",
                    "A task of the type " + type.orElseThrow().name()
                            + " has in its context, as text, a number or true or"
                            + " false: "
                            + missing.stream()
                                    .map(name -> "task.context." + name)
                                    .collect(Collectors.joining(", "))
                            + "."));
        }
        if (task.purpose() != null) {
            return GrantStep.pass(task.purpose());
        }
        Optional<PurposeTemplate> template = type.flatMap(TaskType::purpose);
        String purpose = template.map(one -> one.of(context)).orElse(agent.purpose());
        return template.isEmpty() || TaskParameter.isPurpose(purpose)
                ? GrantStep.pass(purpose)
                : GrantStep.stop(Refusal.invalidRequest(
                        "task_purpose",
                        "With the context's members in it, the purpose of this task type has more than 4096 bytes or control"
                                + " characters; shorten them, or say a purpose."));
    }
}
