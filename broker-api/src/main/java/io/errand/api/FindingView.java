package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What reconciliation found at a target, or missed there.
 *
 * @param kind {@code unknown} (a credential of this broker's that its database does not know), {@code still_there} (its lease is
 *     revoked already), {@code absent} (its lease is active, and it is not there), {@code unclaimed} (named like a lease's, without
 *     this or another broker's mark), {@code unreachable} (the target could not be looked at), {@code copied} (another database
 *     of this deployment writes there: nothing is destroyed until somebody decides) or {@code disabled} (a lease ended, its
 *     credential cannot be used, and something keeps it from being removed: {@code detail} says what, and what a database
 *     administrator runs)
 * @param run absent for {@code disabled}, which is found when a lease ends
 * @param target empty where the backend has only one
 * @param lease absent for {@code unreachable}
 * @param reference what was seen there; it is no secret
 * @param action {@code destroying} (begun), {@code destroyed} (and looked for, and not there), {@code lingers} (destroyed, though
 *     who checks offline accepts it until its end), {@code failed} (the next run tries again), {@code closing} (the lease is being
 *     revoked) or {@code none}
 */
public record FindingView(
        String id,
        @Nullable String run,
        Instant at,
        String kind,
        String backend,
        String target,
        @Nullable String lease,
        @Nullable String reference,
        String action,
        String detail) {}
