package io.errand.broker.grant;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.PolicySnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Access to one tool that policy permitted.
 *
 * @param maxTtl null: policy set none
 * @param breakGlass without which it would not have; empty: none was needed
 * @param lifted the policies that were out of the way for it
 * @param asked what it was decided on, to be asked again when what is registered changes
 * @param book that it was decided by
 */
record PermittedAccess(
        RequestedAccess requestedAccess,
        @Nullable Duration maxTtl,
        List<String> policies,
        Optional<UUID> breakGlass,
        List<String> lifted,
        PolicyRequest asked,
        PolicySnapshot book) {

    /** What the session remembered when it was decided. */
    PolicyContext.Session seen() {
        return asked.policyContext().session();
    }

    /** The shorter of what tool and policy allow; null: neither says. */
    @Nullable
    Duration ttl() {
        Duration ofTool = requestedAccess.tool().maxTtl().orElse(null);
        if (ofTool == null || maxTtl == null) {
            return ofTool == null ? maxTtl : ofTool;
        }
        return ofTool.compareTo(maxTtl) <= 0 ? ofTool : maxTtl;
    }

    static List<AuthorizationDetail> granted(List<PermittedAccess> permitted) {
        return permitted.stream().map(one -> one.requestedAccess().granted()).toList();
    }

    static List<RequestedAccess> wanted(List<PermittedAccess> permitted) {
        return permitted.stream().map(PermittedAccess::requestedAccess).toList();
    }

    /** Ids of the break-glass that some of these need; null: none. */
    static @Nullable List<String> under(List<PermittedAccess> permitted) {
        List<String> used = permitted.stream()
                .flatMap(p -> p.breakGlass().stream())
                .map(UUID::toString)
                .distinct()
                .toList();
        return used.isEmpty() ? null : used;
    }
}
