package io.errand.broker.exchange;

import io.errand.broker.approval.BreakGlass;
import io.errand.broker.lease.Leases;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Opens leases in the transaction of a grant; what is granted under a break-glass ends with it. */
@Component
class Openings {

    private final Leases leases;
    private final BreakGlass breakGlass;

    Openings(Leases leases, BreakGlass breakGlass) {
        this.leases = leases;
        this.breakGlass = breakGlass;
    }

    /** Empty: the break-glass that it needs has ended. */
    Optional<Leases.Opened> open(Task task, Permitted permitted, Trail trail) {
        Wanted wanted = permitted.wanted();
        Tool tool = wanted.tool();
        Duration ttl = permitted.ttl();
        if (permitted.breakGlass().isEmpty()) {
            return Optional.of(leases.open(task, tool, wanted.actions(), ttl));
        }
        UUID id = permitted.breakGlass().get();
        return breakGlass.hold(id).map(left -> {
            Duration least = ttl == null || left.compareTo(ttl) < 0 ? left : ttl;
            Leases.Opened lease = leases.open(task, tool, wanted.actions(), least);
            breakGlass.used(new BreakGlass.Use(
                    id, trail.decision(), task.agent(), task.id(), lease.id(), tool.name(), permitted.lifted()));
            return lease;
        });
    }
}
