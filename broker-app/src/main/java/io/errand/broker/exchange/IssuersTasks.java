package io.errand.broker.exchange;

import io.errand.broker.identity.LiveTasksOfIssuer;
import io.errand.broker.lock.Locks;
import io.errand.broker.task.LockScope;
import io.errand.broker.task.Tasks;
import org.springframework.stereotype.Component;

/** What the identity room asks and tells upwards: nothing goes on by an identity that is gone. */
@Component
class IssuersTasks implements LiveTasksOfIssuer {

    private final Locks locks;
    private final Tasks tasks;
    private final ScopeEnding ending;

    IssuersTasks(Locks locks, Tasks tasks, ScopeEnding ending) {
        this.locks = locks;
        this.tasks = tasks;
        this.ending = ending;
    }

    @Override
    public boolean any(String issuer) {
        locks.awaitGrants();
        return tasks.anyActive(scope(issuer));
    }

    @Override
    public void end(String issuer, String reason, String who) {
        ending.end(scope(issuer), reason, who);
    }

    private static LockScope scope(String issuer) {
        return new LockScope(LockScope.Kind.ISSUER, issuer);
    }
}
