package io.errand.broker.credential.http;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.credential.http.HttpCalls.Told;
import io.errand.broker.shared.Secret;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/**
 * Credentials that a service of the operator's makes. It names them by the lease's id, so that what was made is found again though its
 * answer was lost, and it is asked to look after it was asked to destroy.
 */
@Component
class HttpBackend implements Backend {

    private static final Pattern MEMBER = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final int MOST_MEMBERS = 32;
    private static final int LONGEST = 16 * 1024;
    private static final int LONGEST_REFERENCE = 512;

    /** Pages of a list, of a thousand each. */
    private static final int MOST_PAGES = 1000;

    private final HttpCalls calls;

    HttpBackend(HttpCalls calls) {
        this.calls = calls;
    }

    @Override
    public String name() {
        return "http";
    }

    @Override
    public List<BindingProblem> check(ToolBinding toolBinding) {
        List<BindingProblem> problems = HttpBinding.problems(toolBinding);
        if (!problems.isEmpty()) {
            return problems;
        }
        HttpBinding bound = HttpBinding.of(toolBinding);
        if (calls.target(bound.target()).isEmpty()) {
            return List.of(new BindingProblem(
                    ToolBinding.TARGET, "The service has no target '" + bound.target() + "' (errand.http-targets)."));
        }
        Map<String, Object> asked = about(toolBinding);
        asked.put("actions", toolBinding.actions());
        return switch (calls.send(bound.target(), "check", asked)) {
            case Told.Done(JsonNode body)
            when body.path("problems").isArray() ->
                body.path("problems").values().stream()
                        .limit(MOST_MEMBERS)
                        .map(problem -> new BindingProblem(
                                HttpBinding.PARAMETERS + "." + HttpCalls.text(problem.path("member")),
                                HttpCalls.text(problem.path("detail"))))
                        .toList();
            case Told.Done(JsonNode body) ->
                List.of(new BindingProblem(ToolBinding.TARGET, "Its check answers without problems, a list.", true));
            case Told.Refused(String detail, boolean decided, var after) ->
                List.of(new BindingProblem(ToolBinding.TARGET, detail, true));
            case Told.Unclear(String cause, boolean down, var after) ->
                List.of(new BindingProblem(
                        ToolBinding.TARGET, "It cannot be asked, so nothing can be checked: " + cause, true));
        };
    }

    @Override
    public Issuing issue(Order order, Recorder recorder) {
        HttpBinding bound = HttpBinding.of(order.toolBinding());
        if (calls.target(bound.target()).isEmpty()) {
            return new Issuing.Refused("The service has no target '" + bound.target() + "' (errand.http-targets).");
        }
        Map<String, Object> asked = about(order.toolBinding());
        asked.put("lease_id", order.lease().toString());
        asked.put("actions", order.actions());
        asked.put("valid_until", order.term().until().toString());
        asked.put("ttl_seconds", Math.max(1, order.term().lasts().toSeconds()));
        asked.put("task", task(order.task()));
        return switch (calls.send(bound.target(), "issue", asked)) {
            case Told.Done(JsonNode body) -> issued(order, bound, body);
            case Told.Refused(String detail, boolean decided, var after) -> new Issuing.Refused(detail, decided);
            case Told.Unclear(String cause, boolean down, var after) -> new Issuing.Unknown(cause, after);
        };
    }

    /** Whose credential it is, for what the service writes down. */
    private static Map<String, Object> task(Map<String, Object> claims) {
        Map<String, Object> task = new LinkedHashMap<>();
        for (String member : List.of("task", "type", "root", "agent", "sub", "tenant")) {
            if (claims.get(member) != null) {
                task.put(member.equals("task") ? "id" : member, claims.get(member));
            }
        }
        return task;
    }

    /** An answer that breaks the contract leaves a credential behind, of which nobody but the worker will know. */
    private static Issuing issued(Order order, HttpBinding bound, JsonNode body) {
        String reference = body.path("reference").asString("");
        Instant end = instant(body.path("valid_until"));
        Map<String, Object> data = new LinkedHashMap<>();
        boolean good = reference.length() <= LONGEST_REFERENCE
                && end != null
                && add(data, body.path("data"), false)
                && add(data, body.path("secrets"), true);
        if (!good || end == null || data.isEmpty()) {
            return new Issuing.Unknown(bound.target() + ": its answer is not as docs/http-backend.yaml has it", null);
        }
        Instant until = end.isBefore(order.term().until()) ? end : order.term().until();
        data.put("valid_until", until);
        return new Issuing.Issued(reference, data, until);
    }

    private static boolean add(Map<String, Object> data, JsonNode members, boolean secret) {
        if (members.isMissingNode()) {
            return true;
        }
        if (!members.isObject() || members.size() > MOST_MEMBERS) {
            return false;
        }
        for (Map.Entry<String, JsonNode> member : members.properties()) {
            JsonNode value = member.getValue();
            if (!MEMBER.matcher(member.getKey()).matches()
                    || data.containsKey(member.getKey())
                    || member.getKey().equals("valid_until")
                    || !value.isString()
                    || value.asString().length() > LONGEST) {
                return false;
            }
            data.put(member.getKey(), secret ? new Secret(value.asString()) : value.asString());
        }
        return true;
    }

    /** What its credentials open, the service knows alone: it is asked once more whether anything is wrong. */
    @Override
    public Use use(ToolBinding toolBinding, Map<String, Object> data) {
        return check(toolBinding).stream()
                .findFirst()
                .<Use>map(problem -> new Use.Failed(problem.member() + ": " + problem.detail()))
                .orElseGet(() -> new Use.NotTried(
                        "What it opens, its service knows alone, which finds nothing wrong with the binding."));
    }

    @Override
    public Destruction destroy(Remains remains) {
        HttpBinding bound = HttpBinding.of(remains.toolBinding());
        Map<String, Object> asked = about(remains.toolBinding());
        asked.put("lease_id", remains.lease().toString());
        if (remains.reference() != null && !remains.reference().isEmpty()) {
            asked.put("reference", remains.reference());
        }
        return switch (calls.send(bound.target(), "destroy", asked)) {
            case Told.Done(JsonNode body) -> look(bound, asked);
            case Told.Refused(String detail, boolean decided, var after) ->
                new Destruction.Retry(bound.target() + ": " + detail, after);
            case Told.Unclear(String cause, boolean down, var after) -> new Destruction.Retry(cause, after, down);
        };
    }

    /** In a call of its own: that it was destroyed is what the service says it did, not what it saw. */
    private Destruction look(HttpBinding bound, Map<String, Object> asked) {
        return switch (calls.send(bound.target(), "look", asked)) {
            case Told.Done(JsonNode body) -> seen(bound, body);
            case Told.Refused(String detail, boolean decided, var after) ->
                new Destruction.Retry(bound.target() + ": " + detail, after);
            case Told.Unclear(String cause, boolean down, var after) -> new Destruction.Retry(cause, after, down);
        };
    }

    private static Destruction seen(HttpBinding bound, JsonNode body) {
        String state = body.path("state").asString("");
        String statement = HttpCalls.text(body.path("statement"));
        Instant until = instant(body.path("until"));
        if (state.equals("absent") && !statement.isEmpty()) {
            return new Destruction.Gone(
                    "absent",
                    "The service '" + bound.target() + "' was asked to end it and then to look, and says: " + statement,
                    Map.of("target", bound.target(), "looked_by", "service"));
        }
        if (state.equals("until") && until != null) {
            return new Destruction.Lingers(until);
        }
        return new Destruction.Retry(
                bound.target() + ": "
                        + (state.equals("present")
                                ? "it is still there: " + statement
                                : "look answers neither absent with a statement, present, nor until with a time"),
                null);
    }

    @Override
    public List<Listing> list() {
        List<Listing> listings = new ArrayList<>();
        for (String target : calls.targets()) {
            listings.add(list(target));
        }
        return listings;
    }

    private Listing list(String target) {
        List<Live> live = new ArrayList<>();
        String after = "";
        for (int page = 0; page < MOST_PAGES; page++) {
            Told told = calls.send(target, "list", after.isEmpty() ? Map.of() : Map.of("after", after));
            if (!(told instanceof Told.Done(JsonNode body))
                    || !body.path("credentials").isArray()) {
                return new Listing.Unreachable(target, cause(target, told));
            }
            for (JsonNode one : body.path("credentials").values()) {
                Optional<UUID> lease = uuid(one.path("lease_id"));
                if (lease.isEmpty()) {
                    return new Listing.Unreachable(target, target + ": its list names what is no lease");
                }
                live.add(new Live(
                        lease.get(),
                        target,
                        one.path("reference").asString(""),
                        "credential of lease " + lease.get(),
                        true));
            }
            after = body.path("next").asString("");
            if (after.isEmpty()) {
                return new Listing.Seen(target, live);
            }
        }
        return new Listing.Unreachable(target, target + ": its list does not end");
    }

    private static String cause(String target, Told told) {
        return switch (told) {
            case Told.Done(JsonNode body) -> target + ": its list has no credentials";
            case Told.Refused(String detail, boolean decided, var after) -> target + ": " + detail;
            case Told.Unclear(String cause, boolean down, var after) -> cause;
        };
    }

    private static Map<String, Object> about(ToolBinding toolBinding) {
        Map<String, Object> asked = new LinkedHashMap<>();
        if (!toolBinding.tool().isEmpty()) {
            asked.put("tool", toolBinding.tool());
        }
        asked.put("parameters", HttpBinding.of(toolBinding).parameters());
        return asked;
    }

    private static Optional<UUID> uuid(JsonNode node) {
        try {
            return node.isString() ? Optional.of(UUID.fromString(node.asString())) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Instant instant(JsonNode node) {
        try {
            return node.isString() ? Instant.parse(node.asString()) : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
