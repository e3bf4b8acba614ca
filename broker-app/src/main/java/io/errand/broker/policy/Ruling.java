package io.errand.broker.policy;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What policy says. */
public sealed interface Ruling {

    /**
     * The policies that determined it, sorted, as {@code <set name>@<version of the set>/<policy id>}, for example
     * {@code quickstart@3/triage-reads}. The policy id is its {@code @id}, or {@code policy<n>} by its place in the set, from 0.
     */
    List<String> policies();

    /**
     * @param maxTtl the shortest {@code @max_ttl} of the permits that applied and want nobody's approval; null: none said so
     */
    record Permit(List<String> policies, @Nullable Duration maxTtl) implements Ruling {}

    /**
     * @param reason a stable name: {@code no_permit}, {@code forbidden}, {@code policy_error}, {@code dpop_required}
     * @param reasons sentences for the caller, from {@code @reason} where policies have one
     */
    record Deny(List<String> policies, String reason, List<String> reasons) implements Ruling {}

    /** Every permit that applied wants an approval first: each of these. */
    record Defer(List<String> policies, List<Approval> approvals) implements Ruling {

        /** The groups, for a sentence. */
        public String approvers() {
            return approvals.stream().map(Approval::group).collect(Collectors.joining(", "));
        }
    }

    /**
     * An approval that a permit asks for.
     *
     * @param group whose people may give it, from {@code @approval}
     */
    record Approval(String group) {}
}
