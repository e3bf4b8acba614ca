package io.errand.broker.evaluation;

import io.errand.broker.task.Sessions;
import io.errand.broker.task.Task;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Records the outcome of a decision, and what the session learns from it. */
@Component
class DecisionOutcomes {

    private final DecisionTable decisions;
    private final Sessions sessions;

    DecisionOutcomes(DecisionTable decisions, Sessions sessions) {
        this.decisions = decisions;
        this.sessions = sessions;
    }

    @Transactional
    boolean close(DecisionTable.Standing decision, Task task, String outcome, @Nullable String detail, String who) {
        Sessions.Key session = Sessions.Key.of(task);
        Sessions.Ledger ledger = sessions.open();
        // Sessions before decisions, as everybody who has both.
        ledger.take(session);
        if (!decisions.close(decision, task, outcome, detail, who)) {
            return false;
        }
        if (outcome.equals("succeeded")) {
            ledger.add(session, Sessions.Use.succeeded(decision.tool(), decision.action()));
            ledger.write();
        }
        return true;
    }
}
