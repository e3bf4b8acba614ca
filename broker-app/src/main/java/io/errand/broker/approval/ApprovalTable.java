package io.errand.broker.approval;

import io.errand.api.Json;
import io.errand.api.Sha256;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The agent's side: asked for, polled, used once. All of it is in the database, so any replica can go on (P8). */
@Component
class ApprovalTable implements Approvals {

    private static final int CODE_BYTES = 32;

    private final JdbcClient jdbc;
    private final Audit audit;
    private final ApprovalProperties settings;
    private final SecureRandom random = new SecureRandom();

    ApprovalTable(JdbcClient jdbc, Audit audit, ApprovalProperties settings) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.settings = settings;
    }

    @Override
    public Optional<String> approver(Approved approved, String group) {
        return jdbc.sql("""
                        SELECT who FROM approval_verdict
                         WHERE approval_id = :id AND verdict = 'approve' AND groups @> ARRAY[:group::text] ORDER BY at LIMIT 1
                        """)
                .param("id", approved.id())
                .param("group", group)
                .query(String.class)
                .optional();
    }

    @Override
    @Transactional
    public Asking ask(
            GrantApprovalRequest grantApprovalRequest,
            Requester requester,
            Map<String, Object> asked,
            AuditEvent event) {
        Optional<String> request = grantApprovalRequest.canonical();
        if (request.isEmpty()) {
            return new Asking.NotCanonical();
        }
        if (pending(requester.agent()) >= settings.maxPending()) {
            return new Asking.TooMany(settings.maxPending());
        }
        Secret code = code();
        ApprovalRow row = jdbc.sql("""
                        INSERT INTO approval (id, agent_id, agent, owner, issuer, subject, cnf, person, request, digest, needs,
                                              asked, code_sha256, state, decision_id, expires_at)
                        VALUES (:id, :agentId, :agent, :owner, :issuer, :subject, :cnf, :person, :request, :digest,
                                :needs::jsonb, :asked::jsonb, :code, 'pending', :decision,
                                now() + make_interval(secs => :ttl))
                        RETURNING %s
                        """.formatted(ApprovalRow.COLUMNS))
                .param("id", Ids.next())
                .param("agentId", requester.agent())
                .param("agent", grantApprovalRequest.agent().name())
                .param("owner", grantApprovalRequest.agent().owner())
                .param("issuer", requester.issuer())
                .param("subject", requester.subject())
                .param("cnf", requester.cnf())
                .param("person", grantApprovalRequest.person().orElse(null))
                .param("request", request.get())
                .param("digest", GrantApprovalRequest.digest(request.get()))
                .param("needs", Json.mapper().writeValueAsString(grantApprovalRequest.needs()))
                .param("asked", Json.mapper().writeValueAsString(asked))
                .param("code", Sha256.hex(code.reveal()))
                .param("decision", event.decision())
                .param("ttl", settings.expiresAfter().toSeconds())
                .query(ApprovalRow::of)
                .single();
        audit.record(row.deferred(event, grantApprovalRequest.needs()));
        return new Asking.Waiting(code, row.ticket(settings.pollInterval()));
    }

    /** Counted one at a time for an agent, so that a burst does not pass the cap. */
    long pending(UUID agent) {
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('approval/' || :agent, 0))")
                .param("agent", agent.toString())
                .query((row, n) -> true)
                .single();
        // Uses the index approval_pending.
        return jdbc.sql("""
                        SELECT count(*) FROM approval
                        WHERE agent_id = :agent AND state = 'pending' AND expires_at > now()
                        """).param("agent", agent).query(Long.class).single();
    }

    private Secret code() {
        byte[] bytes = new byte[CODE_BYTES];
        random.nextBytes(bytes);
        return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    @Override
    @Transactional
    public Poll poll(Secret code, Requester requester) {
        Optional<ApprovalRow> found = jdbc.sql("""
                        SELECT %s FROM approval
                        WHERE code_sha256 = :code AND agent_id = :agent AND issuer = :issuer AND subject = :subject
                          AND cnf IS NOT DISTINCT FROM :cnf::text
                        FOR UPDATE
                        """.formatted(ApprovalRow.COLUMNS))
                .param("code", Sha256.hex(code.reveal()))
                .param("agent", requester.agent())
                .param("issuer", requester.issuer())
                .param("subject", requester.subject())
                .param("cnf", requester.cnf())
                .query(ApprovalRow::of)
                .optional();
        return found.map(this::polled).orElseGet(Poll.Unknown::new);
    }

    private Poll polled(ApprovalRow row) {
        if (row.isOver()) {
            end(row, "expired", row.event("approval.expired"));
            return new Poll.Expired(row.id());
        }
        return switch (row.state()) {
            case "pending", "approved" -> onTime(row);
            case "denied" -> new Poll.Denied(row.id());
            case "expired" -> new Poll.Expired(row.id());
            case "consumed" -> new Poll.Used(row.approved());
            default -> new Poll.Voided(row.id());
        };
    }

    /** A poll that came too soon does not push the next one back. */
    private Poll onTime(ApprovalRow row) {
        boolean onTime = jdbc.sql("""
                                UPDATE approval SET polled_at = now()
                                WHERE id = :id AND (polled_at IS NULL
                                                    OR polled_at <= now() - make_interval(secs => :interval))
                                """)
                        .param("id", row.id())
                        .param("interval", settings.pollInterval().toSeconds())
                        .update()
                > 0;
        if (!onTime) {
            return new Poll.TooSoon(row.ticket(settings.pollInterval()));
        }
        return row.state().equals("approved")
                ? new Poll.Granted(row.approved())
                : new Poll.Pending(row.ticket(settings.pollInterval()));
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean use(Approved approved, Use use) {
        if (use.retry() && isTakenOver(approved, use)) {
            return true;
        }
        Optional<ApprovalRow> used = jdbc.sql("""
                        UPDATE approval SET state = 'consumed', task_id = :task, grant_id = :grant, grant_key = :key, ended_at = now()
                        WHERE id = :id AND state = 'approved' AND digest = :digest AND expires_at > now()
                        RETURNING %s
                        """.formatted(ApprovalRow.COLUMNS))
                .param("task", use.task())
                .param("grant", use.id())
                .param("key", use.key())
                .param("id", approved.id())
                .param("digest", approved.digest())
                .query(ApprovalRow::of)
                .optional();
        used.ifPresent(
                row -> audit.record(row.event("approval.consumed").by(use.who()).task(use.task())));
        return used.isPresent();
    }

    /** A retry takes the place of the grant that it repeats: the same key, and so the same request, and the same task. */
    private boolean isTakenOver(Approved approved, Use use) {
        return jdbc.sql("""
                                UPDATE approval SET grant_id = :grant
                                WHERE id = :id AND state = 'consumed' AND grant_key = :key AND task_id = :task
                                """)
                        .param("grant", use.id())
                        .param("id", approved.id())
                        .param("key", use.key())
                        .param("task", use.task())
                        .update()
                == 1;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void giveBack(Approved approved, UUID grant, UUID task) {
        jdbc.sql("""
                        UPDATE approval SET state = 'approved', task_id = NULL, grant_id = NULL, grant_key = NULL, ended_at = NULL
                        WHERE id = :id AND state = 'consumed' AND grant_id = :grant
                        RETURNING %s
                        """.formatted(ApprovalRow.COLUMNS))
                .param("id", approved.id())
                .param("grant", grant)
                .query(ApprovalRow::of)
                .optional()
                .ifPresent(row -> audit.record(row.event("approval.given_back").task(task)));
    }

    @Override
    @Transactional
    public void makeVoid(Approved approved, String why) {
        jdbc.sql("SELECT %s FROM approval WHERE id = :id AND state = 'approved' FOR UPDATE"
                        .formatted(ApprovalRow.COLUMNS))
                .param("id", approved.id())
                .query(ApprovalRow::of)
                .optional()
                .ifPresent(
                        row -> end(row, "voided", row.event("approval.voided").with("reason", why)));
    }

    /** Of all agents; index approval_state. */
    long pending() {
        return jdbc.sql("SELECT count(*) FROM approval WHERE state = 'pending'")
                .query(Long.class)
                .single();
    }

    /** Ids are in the order of their time; index approval_state. 0: nothing waits. */
    double secondsOfOldestPending() {
        return jdbc.sql("""
                        SELECT extract(epoch FROM now() - created_at)::float8 FROM approval
                         WHERE state = 'pending' ORDER BY id LIMIT 1
                        """).query(Double.class).optional().orElse(0.0);
    }

    /** Ends what is overdue, a batch at a time; rows that another replica holds are left to it. */
    @Transactional
    int expireOverdue(int most) {
        // Uses the index approval_due.
        List<ApprovalRow> overdue = jdbc.sql("""
                        SELECT %s FROM approval WHERE state IN ('pending', 'approved') AND expires_at <= now()
                        ORDER BY expires_at FOR UPDATE SKIP LOCKED LIMIT :most
                        """.formatted(ApprovalRow.COLUMNS))
                .param("most", most)
                .query(ApprovalRow::of)
                .list();
        overdue.forEach(row -> end(row, "expired", row.event("approval.expired")));
        return overdue.size();
    }

    /** Of a row that this transaction holds. */
    void end(ApprovalRow row, String state, AuditEvent event) {
        jdbc.sql("UPDATE approval SET state = :state, ended_at = now() WHERE id = :id")
                .param("state", state)
                .param("id", row.id())
                .update();
        audit.record(event);
    }
}
