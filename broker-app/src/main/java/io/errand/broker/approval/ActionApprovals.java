package io.errand.broker.approval;

import io.errand.broker.approval.Approvals.Ticket;
import io.errand.broker.audit.AuditEvent;
import java.util.UUID;

/**
 * Public face of this room for evaluations: whether this exact use of a tool was approved. Takes part in the current
 * transaction.
 */
public interface ActionApprovals {

    /**
     * What people say. The decisions of one task are made in turn, so none is asked about twice. One that is given is used by this.
     *
     * @param asking whether to put it before people if nobody was asked yet
     * @param event the decision that led here; it is recorded as {@code approval.requested} if somebody is asked
     */
    Consent to(ActionApprovalRequest actionApprovalRequest, boolean asking, AuditEvent event);

    /** How it stands. */
    sealed interface Consent {

        /** And used now. */
        record Given(UUID id) implements Consent {}

        record Waiting(Ticket ticket) implements Consent {}

        /** It stays so until the request would have expired. */
        record Denied(UUID id) implements Consent {}

        /** Nobody was asked. */
        record Open(String digest) implements Consent {}

        record TooMany(int most) implements Consent {}

        /** A number in it has no canonical form. */
        record NotCanonical() implements Consent {}
    }
}
