package io.errand.broker.exchange;

import io.errand.broker.approval.BreakGlass;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.CurrentTransaction;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Opens leases in the transaction of a grant. They end with what their task may last by the limits of now, and what is granted under
 * a break-glass ends with it.
 */
@Component
class Openings {

    private final Leases leases;
    private final BreakGlass breakGlass;
    private final Lineage lineage;
    private final CurrentTransaction transaction;

    Openings(Leases leases, BreakGlass breakGlass, Lineage lineage, CurrentTransaction transaction) {
        this.leases = leases;
        this.breakGlass = breakGlass;
        this.lineage = lineage;
        this.transaction = transaction;
    }

    /**
     * @param fresh whether the task was declared just now, by the limits of now
     * @param cnf the key that the task's token is bound to; null: to none
     */
    Step<List<Leases.Opened>> open(
            Task task, boolean fresh, List<Permitted> permitted, @Nullable Map<String, Object> cnf, Trail trail) {
        Instant end = fresh ? task.expiresAt() : lineage.end(task);
        Duration left = Duration.between(transaction.now(), end);
        if (!left.isPositive()) {
            return Lineage.over(end);
        }
        List<Leases.Opened> opened = new ArrayList<>();
        for (Permitted one : permitted) {
            Optional<Leases.Opened> lease = open(task, new Leases.Limited(shorter(one.ttl(), left), cnf), one, trail);
            if (lease.isEmpty()) {
                return Ground.changed("break_glass_ended", "the break-glass ended while this was decided");
            }
            opened.add(lease.get());
        }
        return Step.pass(opened);
    }

    /** Empty: the break-glass that it needs has ended. */
    private Optional<Leases.Opened> open(Task task, Leases.Limited limited, Permitted permitted, Trail trail) {
        Wanted wanted = permitted.wanted();
        Tool tool = wanted.tool();
        if (permitted.breakGlass().isEmpty()) {
            return Optional.of(leases.open(task, tool, wanted.granted(), limited));
        }
        UUID id = permitted.breakGlass().get();
        return breakGlass.hold(id).map(left -> {
            Leases.Opened lease = leases.open(
                    task, tool, wanted.granted(), new Leases.Limited(shorter(limited.ttl(), left), limited.cnf()));
            breakGlass.used(new BreakGlass.Use(
                    id, trail.decision(), task.agent(), task.id(), lease.id(), tool.name(), permitted.lifted()));
            return lease;
        });
    }

    private static Duration shorter(@Nullable Duration one, Duration other) {
        return one != null && one.compareTo(other) <= 0 ? one : other;
    }
}
