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
class LeaseOpening {

    private final Leases leases;
    private final BreakGlass breakGlass;
    private final DelegationLimits delegationLimits;
    private final CurrentTransaction transaction;

    LeaseOpening(
            Leases leases, BreakGlass breakGlass, DelegationLimits delegationLimits, CurrentTransaction transaction) {
        this.leases = leases;
        this.breakGlass = breakGlass;
        this.delegationLimits = delegationLimits;
        this.transaction = transaction;
    }

    /**
     * @param fresh whether the task was declared just now, by the limits of now
     * @param cnf the key that the task's token is bound to; null: to none
     */
    GrantStep<List<Leases.Opened>> open(
            Task task,
            boolean fresh,
            List<PermittedAccess> permittedAccess,
            @Nullable Map<String, Object> cnf,
            DecisionTrace decisionTrace) {
        Instant end = fresh ? task.expiresAt() : delegationLimits.end(task);
        Duration left = Duration.between(transaction.now(), end);
        if (!left.isPositive()) {
            return DelegationLimits.over(end);
        }
        List<Leases.Opened> opened = new ArrayList<>();
        for (PermittedAccess one : permittedAccess) {
            Optional<Leases.Opened> lease = open(
                    task,
                    new Leases.Basis(shorter(one.ttl(), left), cnf, one.asked().recorded()),
                    one,
                    decisionTrace);
            if (lease.isEmpty()) {
                return GrantPreconditions.changed("break_glass_ended", "the break-glass ended while this was decided");
            }
            opened.add(lease.get());
        }
        return GrantStep.pass(opened);
    }

    /** Empty: the break-glass that it needs has ended. */
    private Optional<Leases.Opened> open(
            Task task, Leases.Basis basis, PermittedAccess permittedAccess, DecisionTrace decisionTrace) {
        RequestedAccess requestedAccess = permittedAccess.requestedAccess();
        Tool tool = requestedAccess.tool();
        if (permittedAccess.breakGlass().isEmpty()) {
            return Optional.of(leases.open(task, tool, requestedAccess.granted(), basis));
        }
        UUID id = permittedAccess.breakGlass().get();
        return breakGlass.hold(id).map(left -> {
            Leases.Opened lease = leases.open(
                    task,
                    tool,
                    requestedAccess.granted(),
                    new Leases.Basis(shorter(basis.ttl(), left), basis.cnf(), basis.question()));
            breakGlass.used(new BreakGlass.Use(
                    id,
                    decisionTrace.decision(),
                    task.agent(),
                    task.id(),
                    lease.id(),
                    tool.name(),
                    permittedAccess.lifted()));
            return lease;
        });
    }

    private static Duration shorter(@Nullable Duration one, Duration other) {
        return one != null && one.compareTo(other) <= 0 ? one : other;
    }
}
