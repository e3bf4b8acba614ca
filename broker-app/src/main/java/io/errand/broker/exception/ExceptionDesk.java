package io.errand.broker.exception;

import io.errand.api.ExceptionApproval;
import io.errand.api.ExceptionRequest;
import io.errand.api.ExceptionView;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import io.errand.broker.tool.Tools;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.http.HttpStatus;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** An exception from its proposal to its end. */
@Component
class ExceptionDesk {

    private static final int MAX_TEXT = 1024;
    private static final int MAX_OWNER_BYTES = 255;

    /** Those that have not ended are in the memory of each replica. */
    private static final int MOST = 1_000;

    private final ExceptionTable table;
    private final Agents agents;
    private final Tools tools;
    private final ExceptionProperties settings;
    private final Audit audit;
    private final ApplicationEventPublisher events;

    ExceptionDesk(
            ExceptionTable table,
            Agents agents,
            Tools tools,
            ExceptionProperties settings,
            Audit audit,
            ApplicationEventPublisher events) {
        this.table = table;
        this.agents = agents;
        this.tools = tools;
        this.settings = settings;
        this.audit = audit;
        this.events = events;
    }

    @Transactional
    public Result<ExceptionView> propose(ExceptionRequest asked, Person who) {
        return wanted(asked).then(wanted -> {
            if (table.queuedUp() >= MOST) {
                return Result.refused(Problem.conflict(
                        MOST + " exceptions have not ended, which is the most; end some that nobody needs."));
            }
            if (table.open(wanted.name(), wanted.agent()).isPresent()) {
                return Result.refused(Problem.conflict("The agent " + wanted.agent() + " has an exception "
                        + wanted.name() + " that has not ended; end it first."));
            }
            ExceptionTable.Row row = table.insert(wanted, who);
            audit.record(event("exception.proposed", row, who.name()));
            return Result.ok(row.view());
        });
    }

    private Result<ExceptionTable.Wanted> wanted(ExceptionRequest asked) {
        Members members = new Members()
                .name("name", asked.name())
                .name("agent", asked.agent())
                .names("tools", asked.tools(), 0)
                .text("reason", asked.reason(), MAX_TEXT)
                .text("owner", asked.owner(), MAX_OWNER_BYTES)
                .check(asked.until() != null, "until", "until is required, a time such as 2027-01-31T00:00:00Z.");
        if (members.problem().isPresent()) {
            return Result.refused(members.problem().get());
        }
        String agent = Objects.requireNonNull(asked.agent());
        List<String> named = asked.tools() == null ? List.of() : asked.tools();
        return members.check(agents.byName(agent).isPresent(), "agent", "There is no such agent.")
                .each(
                        "tools",
                        named,
                        (at, tool) -> members.check(
                                tools.byName(tool).isPresent(), at, "There is no tool of the name " + tool + "."))
                .check(
                        table.isAhead(Objects.requireNonNull(asked.until()), settings.longest()),
                        "until",
                        "until is a time after now, at most errand.exception.longest (" + settings.longest()
                                + ") ahead.")
                .then(() -> new ExceptionTable.Wanted(
                        Objects.requireNonNull(asked.name()),
                        agent,
                        named,
                        Objects.requireNonNull(asked.reason()),
                        Objects.requireNonNull(asked.owner()),
                        Objects.requireNonNull(asked.until())));
    }

    @Transactional
    public Result<ExceptionView> approve(UUID id, ExceptionApproval said, Person who) {
        if (said.comment() != null) {
            Optional<Problem> wrong =
                    new Members().text("comment", said.comment(), MAX_TEXT).problem();
            if (wrong.isPresent()) {
                return Result.refused(wrong.get());
            }
        }
        Optional<ExceptionTable.Row> found = table.hold(id);
        if (found.isEmpty()) {
            return Result.refused(Problem.notFound("There is no such exception."));
        }
        ExceptionTable.Row row = found.get();
        if (isConcerned(row, who)) {
            audit.record(event("exception.refused", row, who.name()).outcome("refused"));
            return Result.refused(new Problem(
                    HttpStatus.FORBIDDEN,
                    "own-exception",
                    "Somebody else approves it than who asked for it, and than the owner of it and of its agent.",
                    Map.of("exception", id.toString())));
        }
        return approved(id, said.comment(), who);
    }

    private Result<ExceptionView> approved(UUID id, @Nullable String comment, Person who) {
        return table.approve(id, comment, who.name())
                .map(now -> {
                    audit.record(event("exception.approved", now, who.name())
                            .outcome("approved")
                            .with("comment", comment));
                    return Result.ok(now.view());
                })
                .orElseGet(() ->
                        Result.refused(Problem.conflict("It is approved already, or has ended; propose another one.")));
    }

    private boolean isConcerned(ExceptionTable.Row row, Person who) {
        return row.view().askedBy().equals(who.name())
                || row.identities().stream().anyMatch(who.identities()::contains)
                || who.isOwner(row.view().owner())
                || agents.byName(row.view().agent())
                        .map(Agent::owner)
                        .filter(who::isOwner)
                        .isPresent();
    }

    /** Before its time, or before anybody approved it. */
    @Transactional
    public Optional<ExceptionView> end(UUID id, Person who) {
        return table.end(id, who.name()).map(row -> {
            ended("exception.ended", row, who.name());
            return row.view();
        });
    }

    Optional<ExceptionView> find(UUID id) {
        return table.find(id).map(ExceptionTable.Row::view);
    }

    /** Every replica runs it. What is over counts nowhere by then; here it ends on record, and what lives by it is decided again. */
    @Scheduled(fixedDelayString = "${errand.exception.sweep-interval:PT5S}")
    @Transactional
    public void sweep() {
        table.expire(AuditEvent.BROKER).forEach(row -> ended("exception.expired", row, AuditEvent.BROKER));
        table.due(settings.notice()).forEach(row -> audit.record(event("exception.due", row, AuditEvent.BROKER)));
    }

    private void ended(String kind, ExceptionTable.Row row, String who) {
        audit.record(event(kind, row, who).outcome("ended"));
        if (row.view().approvedAt() != null) {
            events.publishEvent(new ExceptionEnded(row.view().name(), row.view().agent(), who));
        }
    }

    private static AuditEvent event(String kind, ExceptionTable.Row row, String who) {
        ExceptionView view = row.view();
        return AuditEvent.of(kind)
                .by(who)
                .agent(view.agent())
                .with("exception", view.id())
                .with("name", view.name())
                .with("tools", view.tools())
                .with("owner", view.owner())
                .with("reason", view.reason())
                .with("expires_at", view.until().toString());
    }
}
