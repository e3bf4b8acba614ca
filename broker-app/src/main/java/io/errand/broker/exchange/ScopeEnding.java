package io.errand.broker.exchange;

import io.errand.broker.lease.Leases;
import io.errand.broker.task.LockScope;
import io.errand.broker.task.Tasks;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The end of everything of a scope, without a lock. */
@Component
class ScopeEnding {

    private final Tasks tasks;
    private final Leases leases;

    ScopeEnding(Tasks tasks, Leases leases) {
        this.tasks = tasks;
        this.leases = leases;
    }

    /** Tasks before leases, in the transaction under way. */
    @Transactional(propagation = Propagation.MANDATORY)
    void end(LockScope scope, String reason, String who) {
        Tasks.Cancelled ended = tasks.cancelAll(scope, who);
        leases.revokeOf(scope, reason, who);
        ended.below().forEach(task -> leases.revokeOfTask(task, reason, who));
    }
}
