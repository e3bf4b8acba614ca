package io.errand.broker.grant;

import io.errand.broker.approval.BreakGlass;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.lease.Leases;
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
 * Opens leases in the transaction of a grant. They end by the current limits of their task; those granted under a break-glass
 * end with it.
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
     * @param notAfter the end of a person's token that this is granted by; null: of none, or the task ends with it
     * @param cnf the key that the task's token is bound to; null: to none
     */
    GrantStep<List<Leases.Opened>> open(
            Task task,
            boolean fresh,
            @Nullable Instant notAfter,
            List<PermittedAccess> permittedAccess,
            @Nullable Map<String, Object> cnf,
            DecisionTrace decisionTrace) {
        Instant end = fresh ? task.expiresAt() : end(task, notAfter);
        Duration left = Duration.between(transaction.now(), end);
        if (!left.isPositive()) {
            return DelegationLimits.over(end);
        }
        List<Leases.Opened> opened = new ArrayList<>();
        for (PermittedAccess one : permittedAccess) {
            Optional<Leases.Opened> lease = open(
                    task,
                    new Leases.Basis(shorter(one.ttl(), left), cnf, one.asked().toBeAskedAgain()),
                    one,
                    decisionTrace);
            if (lease.isEmpty()) {
                return GrantPreconditions.changed("break_glass_ended", "the break-glass ended while this was decided");
            }
            opened.add(lease.get());
        }
        return GrantStep.pass(opened);
    }

    /**
     * A lease of the task that is given out again, if it is all that would be opened now and no more: ACTIVE, not past half its life,
     * and ending no later than what would take its place.
     */
    Optional<Leases.Opened> again(
            Task task,
            UUID lease,
            @Nullable Instant notAfter,
            PermittedAccess permitted,
            @Nullable Map<String, Object> cnf) {
        Instant now = transaction.now();
        Instant end = end(task, notAfter);
        Duration ttl = permitted.ttl();
        return leases.hold(
                        lease,
                        permitted.requestedAccess().tool(),
                        permitted.requestedAccess().granted(),
                        cnf)
                .filter(held -> now.isBefore(held.half()))
                .map(Leases.Held::lease)
                .filter(opened -> !opened.term().until().isAfter(end)
                        && (ttl == null || !opened.term().until().isAfter(now.plus(ttl))));
    }

    private Instant end(Task task, @Nullable Instant notAfter) {
        Instant end = delegationLimits.end(task);
        return notAfter != null && notAfter.isBefore(end) ? notAfter : end;
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
