package io.errand.broker.policy;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What policy says. */
public sealed interface PolicyDecision {

    /**
     * The policies that determined it, sorted, as {@code <set name>@<version of the set>/<policy id>}, for example
     * {@code quickstart@3/triage-reads}. The policy id is its {@code @id}, or {@code policy<n>} by its place in the set, from 0.
     */
    List<String> policies();

    /** {@code permit}, {@code deny} or {@code defer}. */
    default String effect() {
        return switch (this) {
            case Permit permit -> "permit";
            case Deny deny -> "deny";
            case Defer defer -> "defer";
        };
    }

    /** The policies marked {@code @observe} that applied, named alike: what they say has no effect yet. */
    List<String> observed();

    /**
     * @param maxTtl the shortest {@code @max_ttl} of the permits that applied and want nobody's approval; null: none said so
     * @param lifted what break-glass took out of the way, named alike: the {@code @liftable} forbids that would have denied, and the
     *     {@code @liftable} permits that would have wanted an approval. Not empty: this is a use of break-glass
     */
    record Permit(List<String> policies, @Nullable Duration maxTtl, List<String> lifted, List<String> observed)
            implements PolicyDecision {}

    /** What stops a request as it was made. */
    sealed interface NoPermit extends PolicyDecision {

        /** Why, of these actions on a tool. */
        WhyNot whyNot(List<String> actions, String tool);
    }

    /**
     * Why a request was not permitted.
     *
     * @param reason a stable name
     * @param detail a sentence for the log
     */
    record WhyNot(String reason, String detail) {}

    /**
     * @param reason a stable name: {@code no_permit}, {@code forbidden}, {@code policy_error}, {@code dpop_required};
     *     {@code unavailable} where the policies cannot be read at this moment; {@code decision_point_no} or
     *     {@code decision_point_failed} where an external decision point did not agree
     * @param reasons sentences for the caller, from {@code @reason} where policies have one
     */
    record Deny(List<String> policies, String reason, List<String> reasons, List<String> observed) implements NoPermit {

        public static final String UNAVAILABLE = "unavailable";
        public static final String NO_ANSWER = "decision_point_failed";

        /** Whether nobody could say, which may be otherwise in a moment. */
        public boolean undecided() {
            return reason.equals(UNAVAILABLE) || reason.equals(NO_ANSWER);
        }

        /** The stable name of this denial among those of all refusals. */
        public String code() {
            return "policy_" + reason;
        }

        /** The sentences for the caller; where no policy has any, this one. */
        public List<String> sentences(String otherwise) {
            return reasons.isEmpty() ? List.of(otherwise) : reasons;
        }

        @Override
        public WhyNot whyNot(List<String> actions, String tool) {
            return new WhyNot(code(), "policy denies " + actions + " on " + tool);
        }
    }

    /** Every permit that applied wants an approval first: each of these, one for a group. */
    record Defer(List<String> policies, List<Approval> approvals, List<String> observed) implements NoPermit {

        /** The groups, for a sentence. */
        public String approvers() {
            return approvals.stream().map(Approval::group).collect(Collectors.joining(", "));
        }

        @Override
        public WhyNot whyNot(List<String> actions, String tool) {
            return new WhyNot("approval_required", "approval by " + approvers() + " is needed for " + tool);
        }
    }

    /**
     * An approval that a permit asks for.
     *
     * @param group whose people may give it, from {@code @approval}
     * @param people how many of them must, from {@code @approvers}, 1 to 10
     * @param ownerMayNot whether the agent's owner is not among them, from {@code @owner_may_not_approve}
     */
    record Approval(String group, int people, boolean ownerMayNot) {

        /** What satisfies both, for the same group. */
        public Approval and(Approval other) {
            return new Approval(group, Math.max(people, other.people), ownerMayNot || other.ownerMayNot);
        }
    }
}
