package io.errand.broker.lease;

import java.util.UUID;

/**
 * Published once a lease, in the transaction that marks it, when it has been tried in vain {@code errand.lease.irrevocable-after}
 * times. It is tried on.
 */
public record LeaseIrrevocable(UUID lease, String agent, String tool, String cause) {}
