package io.errand.api.log;

import io.errand.api.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Who could use which tool in some time, for whom, by whose approval, what was observed of it and when it was seen to be gone: from the
 * events of the audit log alone, in their order. Remembered are the grants and leases that are open, what persons approved, and what is reported.
 */
public final class AccessReport implements Consumer<JsonNode> {

    /**
     * What is asked for.
     *
     * @param tool null: any
     * @param person on whose behalf; null: anybody's, and nobody's
     * @param from null: from the first event on
     * @param until null: to the last event
     */
    public record Question(
            @Nullable String tool,
            @Nullable String person,
            @Nullable Instant from,
            @Nullable Instant until) {}

    /**
     * A person's word.
     *
     * @param digest of the request that it is about
     */
    public record Approved(String who, Instant at, String digest) {}

    /**
     * What the lease's login did, by its target's own log.
     *
     * @param times how often
     */
    public record Seen(
            String target, String what, String command, String object, long times, String firstAt, String lastAt) {}

    /**
     * One lease.
     *
     * @param person on whose behalf; null: nobody's
     * @param until the end that was set; it may have been gone before
     * @param goneAt when it was seen to be gone; null: not yet
     * @param evidence how that was seen
     * @param approvals none: no person was asked
     */
    public record Access(
            String lease,
            String tool,
            List<String> actions,
            String agent,
            String task,
            @Nullable String person,
            Instant from,
            @Nullable Instant until,
            @Nullable Instant goneAt,
            @Nullable String evidence,
            List<Approved> approvals,
            List<Seen> observed) {}

    /** What no lease allowed. */
    public record Unleased(Instant at, String target, String login, String session, String reason) {}

    /** A lease, as far as the log has told. */
    private static final class Told {

        private final String tool;
        private final List<String> actions;
        private final String agent;
        private final String task;
        private final @Nullable String person;
        private final Instant from;
        private final List<Approved> approvals;
        private @Nullable Instant until;
        private @Nullable Instant goneAt;
        private @Nullable String evidence;
        private List<Seen> observed = List.of();

        Told(String tool, JsonNode activated, @Nullable String person, List<Approved> approvals) {
            JsonNode details = activated.path("details");
            this.tool = tool;
            this.actions = texts(details.path("actions"));
            this.agent = text(activated, "agent").orElse("?");
            this.task = text(activated, "task").orElse("?");
            this.person = person;
            this.from = at(activated);
            this.approvals = approvals;
            this.until = time(details, "expires_at");
        }

        Access access(String lease) {
            return new Access(
                    lease, tool, actions, agent, task, person, from, until, goneAt, evidence, approvals, observed);
        }
    }

    private record Grant(@Nullable String person, @Nullable String approval) {}

    private final Question question;
    private final Map<String, Grant> grants = new HashMap<>();
    private final Map<String, List<Approved>> approvals = new HashMap<>();
    private final Map<String, Told> leases = new LinkedHashMap<>();
    private final List<Unleased> unleased = new ArrayList<>();

    public AccessReport(Question question) {
        this.question = question;
    }

    /** Earliest first. */
    public List<Access> accesses() {
        return leases.entrySet().stream()
                .filter(lease -> isAskedFor(lease.getValue()))
                .map(lease -> lease.getValue().access(lease.getKey()))
                .sorted(Comparator.comparing(Access::from))
                .toList();
    }

    /** In the time that is asked for, at any target. */
    public List<Unleased> unleased() {
        return List.copyOf(unleased);
    }

    private boolean isAskedFor(Told lease) {
        return (question.until() == null || lease.from.isBefore(question.until()))
                && (question.from() == null || lease.goneAt == null || lease.goneAt.isAfter(question.from()));
    }

    @Override
    public void accept(JsonNode event) {
        JsonNode details = event.path("details");
        String lease = text(event, "lease").orElse("");
        Told told = leases.get(lease);
        switch (text(event, "kind").orElse("")) {
            case "approval.approved" ->
                text(details, "approval")
                        .ifPresent(id -> approvals
                                .computeIfAbsent(id, one -> new ArrayList<>())
                                .add(new Approved(
                                        text(event, "who").orElse("?"),
                                        at(event),
                                        text(details, "digest").orElse("?"))));
            case "approval.denied", "approval.expired", "approval.voided" ->
                text(details, "approval").ifPresent(approvals::remove);
            case "exchange.granted" -> granted(details);
            case "lease.activated" -> activated(event, details, lease);
            case "lease.refused" -> grants.remove(lease);
            case "lease.renewed", "lease.renewal_cut" -> {
                if (told != null) {
                    told.until = time(details, "expires_at");
                }
            }
            case "lease.revoked" -> {
                grants.remove(lease);
                if (told != null) {
                    told.goneAt = at(event);
                    told.evidence = text(details, "evidence").orElse(null);
                    if (!isAskedFor(told)) {
                        leases.remove(lease);
                    }
                }
            }
            case "lease.observed" -> {
                if (told != null) {
                    told.observed = observed(details); // everything until then
                }
            }
            case "observation.unleased" -> unleased(event, details);
            default -> {}
        }
    }

    private void granted(JsonNode details) {
        if (!details.path("rejoined").asBoolean(false)) { // what is given out again was made before
            Grant grant = new Grant(
                    text(details, "on_behalf_of").orElse(null),
                    text(details, "approval").orElse(null));
            texts(details.path("leases")).forEach(lease -> grants.put(lease, grant));
        }
    }

    private void activated(JsonNode event, JsonNode details, String lease) {
        Optional<Grant> grant = Optional.ofNullable(grants.remove(lease));
        Optional<String> person = grant.map(Grant::person);
        List<Approved> approved =
                grant.map(Grant::approval).map(approvals::get).map(List::copyOf).orElse(List.of());
        String tool = text(details, "tool").orElse("?");
        if ((question.tool() != null && !question.tool().equals(tool))
                || (question.person() != null && !question.person().equals(person.orElse(null)))) {
            return;
        }
        leases.put(lease, new Told(tool, event, person.orElse(null), approved));
    }

    private static List<Seen> observed(JsonNode details) {
        List<Seen> seen = new ArrayList<>();
        details.path("accesses")
                .forEach(one -> seen.add(new Seen(
                        text(one, "target").orElse(""),
                        text(one, "what").orElse(""),
                        text(one, "command").orElse(""),
                        text(one, "object").orElse(""),
                        one.path("times").asLong(0),
                        text(one, "first_at").orElse(""),
                        text(one, "last_at").orElse(""))));
        return List.copyOf(seen);
    }

    private void unleased(JsonNode event, JsonNode details) {
        Instant at = Optional.ofNullable(time(details, "observed_at")).orElseGet(() -> at(event));
        if ((question.from() == null || !at.isBefore(question.from()))
                && (question.until() == null || at.isBefore(question.until()))) {
            unleased.add(new Unleased(
                    at,
                    text(details, "target").orElse(""),
                    text(details, "login").orElse(""),
                    text(details, "session").orElse(""),
                    text(details, "reason").orElse("")));
        }
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(one -> texts.add(one.asString("")));
        return List.copyOf(texts);
    }

    private static Instant at(JsonNode event) {
        return Optional.ofNullable(time(event, "at")).orElse(Instant.EPOCH);
    }

    private static @Nullable Instant time(JsonNode node, String member) {
        try {
            return text(node, member).map(Instant::parse).orElse(null);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** What is not text, for example because the entry would have been too long, is written as JSON. */
    private static Optional<String> text(JsonNode node, String member) {
        JsonNode value = node.path(member);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        return Optional.of(value.isString() ? value.asString() : Json.mapper().writeValueAsString(value));
    }
}
