package io.errand.broker.reassessment;

import io.errand.broker.approval.BreakGlass;
import io.errand.broker.lease.Leases;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** What was granted under a break-glass ends with it, in one transaction. */
@Component
class BreakGlassLeases {

    private final Leases leases;

    BreakGlassLeases(Leases leases) {
        this.leases = leases;
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(BreakGlass.Ended ended) {
        ended.leases().forEach(lease -> leases.revoke(lease, "break_glass_ended", ended.who()));
    }
}
