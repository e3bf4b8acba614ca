package io.errand.broker.approval;

import io.errand.broker.audit.Audit;
import io.errand.broker.shared.metrics.DatabaseGauges;
import java.util.List;
import java.util.Objects;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Ends approvals and break-glass whose time is over, and marks reviews as overdue. Every replica runs it; each row is processed
 * by one. {@link ReviewReminders} reports overdue reviews.
 */
@Component
class ApprovalExpiry {

    private static final int BATCH = 200;

    private final ApprovalTable approvals;
    private final JdbcClient jdbc;
    private final Audit audit;
    private final TransactionTemplate transaction;

    ApprovalExpiry(
            ApprovalTable approvals,
            JdbcClient jdbc,
            Audit audit,
            TransactionTemplate transaction,
            DatabaseGauges gauges) {
        this.approvals = approvals;
        this.jdbc = jdbc;
        this.audit = audit;
        this.transaction = transaction;
        gauges.single(
                "errand.breakglass.active",
                "Break-glass that stands",
                () -> count("ended_at IS NULL AND expires_at > now()"));
        gauges.single("errand.breakglass.reviews.overdue", "Break-glass that nobody reviewed in time", this::reviews);
        gauges.single("errand.approvals.pending", "Requests that wait for people", approvals::pending);
        gauges.single(
                "errand.approvals.pending.age.seconds",
                "How long the oldest request that waits for people has waited",
                approvals::secondsOfOldestPending);
    }

    /** Reviews that nobody made in time. */
    long reviews() {
        return count("review_by <= now()");
    }

    private long count(String which) {
        // Uses the index break_glass_open.
        return jdbc.sql("SELECT count(*) FROM break_glass WHERE reviewed_at IS NULL AND " + which)
                .query(Long.class)
                .single();
    }

    @Scheduled(fixedDelayString = "${errand.approval.sweep-interval:PT1S}")
    void sweep() {
        int ended;
        do {
            ended = approvals.expireOverdue(BATCH);
        } while (ended == BATCH);
        transaction.executeWithoutResult(status -> {
            // Its leases were capped at this very end; nothing is left to revoke.
            mark("ended_at = now(), ended_by = 'broker'", "ended_at IS NULL AND expires_at <= now()")
                    .forEach(row -> audit.record(row.event("breakglass.ended").outcome("expired")));
        });
    }

    /** Alerts each overdue review once: the mark is committed with its event, or neither is. */
    void remind() {
        int alerted;
        do {
            alerted = Objects.requireNonNull(transaction.execute(status -> {
                List<BreakGlassRow> rows = mark("overdue_at = now()", "overdue_at IS NULL AND review_by <= now()");
                rows.forEach(row -> audit.record(row.event("breakglass.review_overdue")
                        .with("activated_by", row.who())
                        .with("review_by", row.reviewBy().toString())));
                return rows.size();
            }));
        } while (alerted == BATCH);
    }

    private List<BreakGlassRow> mark(String change, String which) {
        return jdbc.sql("""
                        UPDATE break_glass SET %s
                        WHERE id IN (SELECT id FROM break_glass WHERE reviewed_at IS NULL AND %s
                                     ORDER BY id FOR UPDATE SKIP LOCKED LIMIT :most)
                        RETURNING %s
                        """.formatted(change, which, BreakGlassRow.COLUMNS))
                .param("most", BATCH)
                .query(BreakGlassRow::of)
                .list();
    }
}
