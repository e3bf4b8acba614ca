package io.errand.broker.agent;

import io.errand.api.AgentResource;
import io.errand.api.AgentReviewRequest;
import io.errand.api.AgentReviewView;
import io.errand.api.CanonicalJson;
import io.errand.api.Json;
import io.errand.api.Sha256;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.JsonNode;

/** Owners look at their agents again, and say by the digest of what they saw that it may go on. */
@Component
class AgentReviews {

    private static final int MAX_COMMENT = 1024;
    private static final int MOST_YEARS = 2;

    private final AgentRows rows;
    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final Audit audit;
    private final ApplicationEventPublisher events;

    AgentReviews(
            @Lazy AgentRows rows,
            JdbcClient jdbc,
            CurrentTransaction transaction,
            Audit audit,
            ApplicationEventPublisher events) {
        this.rows = rows;
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.audit = audit;
        this.events = events;
    }

    @Transactional(RegistryTransactions.NAME)
    public Result<AgentReviewView> show(String name) {
        return rows.findByName(name).map(row -> Result.ok(view(row))).orElseGet(() -> none(name));
    }

    @Transactional(RegistryTransactions.NAME)
    public Result<AgentReviewView> recertify(String name, AgentReviewRequest asked, Person who) {
        LocalDate today = today();
        Members members = new Members()
                .check(
                        asked.digest() != null && asked.digest().matches("sha256:[0-9a-f]{64}"),
                        "digest",
                        "digest is required: the one shown with the agent, sha256: and 64 hexadecimal digits.")
                .check(
                        asked.reviewBy() != null
                                && asked.reviewBy().isAfter(today)
                                && !asked.reviewBy().isAfter(today.plusYears(MOST_YEARS)),
                        "review_by",
                        "review_by is required: a day after today (UTC), at most two years away.");
        if (asked.comment() != null) {
            members.text("comment", asked.comment(), MAX_COMMENT);
        }
        return members.then(() -> Objects.requireNonNull(asked.reviewBy())).then(until -> {
            // As for every change of an agent: they wait for each other.
            jdbc.sql("LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE").update();
            Optional<AgentRow> found = rows.findByName(name);
            if (found.isEmpty()) {
                return none(name);
            }
            AgentRow row = found.get();
            Optional<Problem> obstacle = obstacle(row, String.valueOf(asked.digest()), who);
            return obstacle.isPresent()
                    ? Result.refused(obstacle.get())
                    : Result.ok(recertified(row, until, asked.comment(), who));
        });
    }

    private static Optional<Problem> obstacle(AgentRow row, String digest, Person who) {
        Agent agent = row.agent();
        if (agent.state() == Agent.State.RETIRED) {
            return Optional.of(
                    Problem.conflict("The agent '" + agent.name() + "' is retired; there is nothing to review."));
        }
        if (!who.isOwner(agent.owner())) {
            return Optional.of(
                    Problem.forbidden("Only the owner of '" + agent.name() + "', or a member of the group that is,"
                            + " can say that it may go on; `errand agents transfer` names another one."));
        }
        return digest(shown(row.spec())).equals(digest)
                ? Optional.empty()
                : Optional.of(Problem.conflict(
                        "The agent is not what was shown under this digest; look at it again and send the new one."));
    }

    private AgentReviewView recertified(AgentRow row, LocalDate until, @Nullable String comment, Person who) {
        Agent before = row.agent();
        String shown = shown(row.spec());
        row.become(row.spec().withReviewBy(until));
        AgentRow saved = rows.saveAndFlush(row);
        jdbc.sql("""
                        INSERT INTO agent_review (id, agent_id, agent, who, digest, shown, was, until, comment)
                        VALUES (:id, :agent_id, :agent, :who, :digest, :shown, :was, :until, :comment)
                        """)
                .param("id", Ids.next())
                .param("agent_id", before.id())
                .param("agent", before.name())
                .param("who", who.name())
                .param("digest", digest(shown))
                .param("shown", shown)
                .param("was", before.reviewBy().orElse(null))
                .param("until", until)
                .param("comment", comment)
                .update();
        audit.record(AuditEvent.of("agent.recertified")
                .by(who.name())
                .agent(before.name())
                .with("owner", before.owner())
                .with("digest", digest(shown))
                .with("was", before.reviewBy().map(LocalDate::toString).orElse(null))
                .with("review_by", until.toString())
                .with("comment", comment)
                .with("old_version", before.version())
                .with("new_version", saved.version()));
        events.publishEvent(new AgentChanged(before, saved.agent(), who.name(), comment));
        return view(saved);
    }

    private AgentReviewView view(AgentRow row) {
        Agent agent = row.agent();
        String shown = shown(row.spec());
        return new AgentReviewView(
                agent.name(),
                agent.owner(),
                agent.reviewBy().orElse(null),
                agent.reviewBy().filter(day -> today().isAfter(day)).isPresent(),
                shown,
                digest(shown),
                last(agent).orElse(null));
    }

    private Optional<AgentReviewView.Last> last(Agent agent) {
        // Uses the index agent_review_agent.
        return jdbc.sql("SELECT * FROM agent_review WHERE agent_id = :agent ORDER BY id DESC LIMIT 1")
                .param("agent", agent.id())
                .query(AgentReviews::last)
                .optional();
    }

    private static AgentReviewView.Last last(ResultSet row, int n) throws SQLException {
        return new AgentReviewView.Last(
                row.getString("who"),
                row.getString("digest"),
                row.getObject("was", LocalDate.class),
                row.getObject("until", LocalDate.class),
                row.getString("comment"),
                row.getObject("at", OffsetDateTime.class).toInstant());
    }

    private LocalDate today() {
        return transaction.now().atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static String shown(AgentResource agent) {
        return CanonicalJson.of(Json.mapper().<JsonNode>valueToTree(agent));
    }

    private static String digest(String shown) {
        return "sha256:" + Sha256.hex(shown);
    }

    private static <T> Result<T> none(String name) {
        return Result.refused(Problem.notFound("There is no '" + name + "'."));
    }
}
