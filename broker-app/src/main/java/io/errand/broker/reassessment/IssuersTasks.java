package io.errand.broker.reassessment;

import io.errand.broker.identity.LiveTasksOfIssuer;
import io.errand.broker.lease.Leases;
import io.errand.broker.lock.Locks;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Tasks;
import org.springframework.stereotype.Component;

/** What the identity room asks and tells upwards: nothing goes on by an identity that is gone. */
@Component
class IssuersTasks implements LiveTasksOfIssuer {

    private final Locks locks;
    private final Tasks tasks;
    private final Leases leases;

    IssuersTasks(Locks locks, Tasks tasks, Leases leases) {
        this.locks = locks;
        this.tasks = tasks;
        this.leases = leases;
    }

    @Override
    public boolean any(String issuer) {
        locks.awaitGrants();
        return tasks.anyActive(scope(issuer));
    }

    @Override
    public void end(String issuer, String reason, String who) {
        leases.end(scope(issuer), reason, who);
    }

    private static Scope scope(String issuer) {
        return new Scope(Scope.Kind.ISSUER, issuer);
    }
}
