package io.errand.broker.approval;

import io.errand.api.ApprovalDecision;
import io.errand.api.ApprovalView;
import io.errand.api.Page;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import io.errand.broker.shared.web.PageRequest;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A public face of this room: what waits for people, and what they say, by the API and on the pages. */
@Component
public class ApprovalDesk {

    private static final int MAX_COMMENT = 1024;
    private static final Set<String> STATES = Set.of("pending", "approved", "denied", "expired", "consumed", "voided");

    private final ApprovalDecisions approvalDecisions;

    ApprovalDesk(ApprovalDecisions approvalDecisions) {
        this.approvalDecisions = approvalDecisions;
    }

    /**
     * Some.
     *
     * @param state one of an approval's; null: any
     * @param cursor where the page before ended; null: from the first
     * @param limit 1 to 500
     * @param order {@code asc} or {@code desc}; null: the newest first
     * @param whole with their requests
     */
    public Result<Page<ApprovalView>> page(
            @Nullable String state, @Nullable String cursor, int limit, @Nullable String order, boolean whole) {
        if (state != null && !STATES.contains(state)) {
            return Result.refused(
                    Problem.badRequest("state is pending, approved, denied, expired, consumed or voided."));
        }
        return PageRequest.newestFirst(
                cursor,
                limit,
                order,
                asked -> approvalDecisions.list(state, asked.after(), asked.rows(), asked.order(), whole),
                ApprovalView::id);
    }

    /** With the exact bytes of the request. */
    public Result<ApprovalView> find(String id) {
        return Ids.parse(id)
                .flatMap(approvalDecisions::find)
                .map(Result::ok)
                .orElseGet(() -> Result.refused(ApprovalDecisions.NONE));
    }

    /** Why this person's word would not count now; empty: it would. */
    public Optional<Problem> obstacle(String id, Person who) {
        return Ids.parse(id)
                .map(known -> approvalDecisions.obstacle(known, who))
                .orElse(Optional.of(ApprovalDecisions.NONE));
    }

    public Result<ApprovalView> decide(String id, ApprovalDecision said, Person who) {
        Members members = new Members()
                .oneOf("decision", said.decision(), Set.of("approve", "deny"))
                .check(
                        said.digest() != null && said.digest().matches("sha256:[0-9a-f]{64}"),
                        "digest",
                        "digest is required: the one shown with the request, sha256: and 64 hexadecimal digits.");
        if (said.comment() != null) {
            members.text("comment", said.comment(), MAX_COMMENT);
        }
        Optional<UUID> known = Ids.parse(id);
        String digest = said.digest();
        if (members.problem().isPresent() || digest == null) {
            return Result.refused(members.problem().orElseThrow());
        }
        return known.map(one ->
                        approvalDecisions.decide(one, "approve".equals(said.decision()), digest, said.comment(), who))
                .orElseGet(() -> Result.refused(ApprovalDecisions.NONE));
    }
}
