package io.errand.broker.evaluation;

import io.errand.broker.shared.Ids;
import io.errand.broker.task.Task;
import java.util.Optional;
import java.util.UUID;

/**
 * One decision to be made.
 *
 * @param askedBy as in the audit log
 * @param task that it is about; empty: there is none such, or it is not the asker's
 * @param isOpen whether a gateway asks about something else than a task
 */
record EvaluationRequest(UUID id, String askedBy, EvaluationItem evaluationItem, Optional<Task> task, boolean isOpen) {

    static EvaluationRequest of(String askedBy, EvaluationItem evaluationItem, Optional<Task> task, boolean isOpen) {
        return new EvaluationRequest(Ids.next(), askedBy, evaluationItem, task, isOpen);
    }
}
