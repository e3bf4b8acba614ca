package io.errand.broker.lease;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.StatusIndex;
import io.errand.broker.credential.ToolBinding;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A lease that is REVOKING, as a worker claimed it: in no other state may a credential be destroyed.
 *
 * @param version what a change must find
 * @param was its state before it was claimed
 * @param claimedUntil the end of the claim, by the database's clock; tells this claim from another worker's
 * @param listed its place on the status lists; null: it has none
 */
public record Lease(
        UUID id,
        int version,
        UUID task,
        String agent,
        String tool,
        String backend,
        ToolBinding toolBinding,
        @Nullable String reference,
        String was,
        String reason,
        int attempts,
        boolean irrevocable,
        OffsetDateTime claimedUntil,
        @Nullable Listed listed) {

    /** @param until the end that its token names */
    public record Listed(StatusIndex index, Instant until) {}

    public Remains remains() {
        return new Remains(id, toolBinding, reference);
    }
}
