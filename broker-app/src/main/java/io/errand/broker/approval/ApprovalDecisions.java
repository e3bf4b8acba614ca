package io.errand.broker.approval;

import io.errand.api.ApprovalView;
import io.errand.api.ApprovalView.Need;
import io.errand.api.ApprovalView.Verdict;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.SortOrder;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Records what approvers decide: who may decide, and how many must approve. */
@Component
class ApprovalDecisions {

    static final Problem NONE = Problem.notFound("There is no such approval.");

    private final JdbcClient jdbc;
    private final Audit audit;

    ApprovalDecisions(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /** @param whole with their requests */
    List<ApprovalView> list(@Nullable String state, @Nullable UUID after, int limit, SortOrder order, boolean whole) {
        return jdbc
                .sql(order.in("""
                        SELECT %s FROM approval
                        WHERE (:state::text IS NULL OR state = :state::text) AND (:after::uuid IS NULL OR id {after} :after::uuid)
                        ORDER BY id {order} LIMIT :limit
                        """.formatted(ApprovalRow.COLUMNS)))
                .param("state", state)
                .param("after", after)
                .param("limit", limit)
                .query(ApprovalRow::of)
                .list()
                .stream()
                .map(row -> row.view(of(row.id()), whole))
                .toList();
    }

    Optional<ApprovalView> find(UUID id) {
        return row(id, "").map(row -> row.view(of(id), true));
    }

    /** What a person said, on record with what it led to; a refusal has one effect, its event. */
    @Transactional
    Result<ApprovalView> decide(UUID id, boolean approve, String digest, @Nullable String comment, Person who) {
        Optional<ApprovalRow> found = row(id, " FOR UPDATE");
        if (found.isEmpty()) {
            return Result.refused(NONE);
        }
        ApprovalRow row = found.get();
        Set<String> groups = groups(row, who);
        Optional<Problem> refusal = refusal(row, groups, digest, who).or(() -> twice(row, who));
        if (refusal.isPresent()) {
            audit.record(row.event("approval.refused")
                    .by(who.name())
                    .outcome("refused")
                    .with("reason", refusal.get().type())
                    .with("verdict", approve ? "approve" : "deny"));
            return Result.refused(refusal.get());
        }
        jdbc.sql("""
                        INSERT INTO approval_verdict (approval_id, who, verdict, groups, comment)
                        VALUES (:id, :who, :verdict, :groups::text[], :comment)
                        """)
                .param("id", id)
                .param("who", who.name())
                .param("verdict", approve ? "approve" : "deny")
                .param("groups", groups.stream().sorted().toArray(String[]::new))
                .param("comment", comment)
                .update();
        settle(row, approve, comment, who);
        return Result.ok(find(id).orElseThrow());
    }

    /** Why this person's word would not count now. */
    Optional<Problem> obstacle(UUID id, Person who) {
        return row(id, "")
                .map(row -> refusal(row, groups(row, who), row.digest(), who).or(() -> twice(row, who)))
                .orElseGet(() -> Optional.of(NONE));
    }

    private Optional<ApprovalRow> row(UUID id, String lock) {
        return jdbc.sql("SELECT " + ApprovalRow.COLUMNS + " FROM approval WHERE id = :id" + lock)
                .param("id", id)
                .query(ApprovalRow::of)
                .optional();
    }

    private void settle(ApprovalRow row, boolean approve, @Nullable String comment, Person who) {
        AuditEvent event = row.event(approve ? "approval.approved" : "approval.denied")
                .by(who.name())
                .with("comment", comment);
        if (!approve) {
            jdbc.sql("UPDATE approval SET state = 'denied', ended_at = now() WHERE id = :id")
                    .param("id", row.id())
                    .update();
            audit.record(event.outcome("denied"));
            return;
        }
        List<Verdict> said = of(row.id());
        boolean enough = Quorum.of(row.needs()).isMetBy(said);
        if (enough) {
            jdbc.sql("UPDATE approval SET state = 'approved' WHERE id = :id")
                    .param("id", row.id())
                    .update();
        }
        audit.record(event.outcome(enough ? "approved" : "pending"));
    }

    /** Of the groups that are needed, those for which this person's word counts. */
    private static Set<String> groups(ApprovalRow row, Person who) {
        Set<String> counting = new HashSet<>();
        for (Need need : row.needs()) {
            if (isMember(need, row, who) && !(need.ownerMayNot() && who.isOwner(row.owner()))) {
                counting.add(need.group());
            }
        }
        return counting;
    }

    private static boolean isMember(Need need, ApprovalRow row, Person who) {
        return Approvals.ofOwner(row.owner()).group().equals(need.group())
                ? who.isOwner(row.owner())
                : who.groups().contains(need.group());
    }

    private static Optional<Problem> refusal(ApprovalRow row, Set<String> groups, String digest, Person who) {
        if (isSelf(row, who)) {
            return Optional.of(forbidden(
                    "own-request", "You asked for this, or it is done on your behalf: somebody else must decide."));
        }
        if (groups.isEmpty()) {
            boolean member = row.needs().stream().anyMatch(need -> isMember(need, row, who));
            return Optional.of(
                    member
                            ? forbidden("own-agent", "You own this agent: policy wants somebody else to decide.")
                            : forbidden(
                                    "group-missing",
                                    "This is for members of " + names(row.needs())
                                            + "; your token names no such group."));
        }
        if (!row.state().equals("pending") || row.isOver()) {
            return Optional.of(Problem.conflict("This approval is " + (row.isOver() ? "expired" : row.state())
                    + "; nothing can be decided any more."));
        }
        if (!row.digest().equals(digest)) {
            return Optional.of(new Problem(
                    HttpStatus.CONFLICT,
                    "digest-mismatch",
                    "The digest is not that of this request: read the request again, and send the digest shown with it.",
                    Map.of()));
        }
        return Optional.empty();
    }

    private Optional<Problem> twice(ApprovalRow row, Person who) {
        return of(row.id()).stream().anyMatch(verdict -> verdict.who().equals(who.name()))
                ? Optional.of(Problem.conflict("You have approved this already; it waits for somebody else."))
                : Optional.empty();
    }

    private static boolean isSelf(ApprovalRow row, Person who) {
        String person = row.person();
        return who.name().equals(person)
                || who.name().equals(row.askedBy())
                || who.identities().stream().anyMatch(one -> ("person:" + one).equals(person))
                || who.identities().contains(row.issuer() + ":" + row.subject());
    }

    private static String names(List<Need> needs) {
        return String.join(", ", needs.stream().map(Need::group).toList());
    }

    private static Problem forbidden(String type, String detail) {
        return new Problem(HttpStatus.FORBIDDEN, type, detail, Map.of());
    }

    private List<Verdict> of(UUID approval) {
        return jdbc.sql("SELECT * FROM approval_verdict WHERE approval_id = :id ORDER BY at, who")
                .param("id", approval)
                .query(ApprovalDecisions::verdict)
                .list();
    }

    private static Verdict verdict(ResultSet row, int n) throws SQLException {
        Array groups = row.getArray("groups");
        return new Verdict(
                row.getString("who"),
                row.getString("verdict"),
                Arrays.stream((Object[]) groups.getArray())
                        .map(String.class::cast)
                        .toList(),
                row.getString("comment"),
                row.getObject("at", OffsetDateTime.class).toInstant());
    }
}
