package io.errand.broker.policy.registry;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import com.cedarpolicy.model.entity.Entity;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.value.CedarList;
import com.cedarpolicy.value.CedarMap;
import com.cedarpolicy.value.EntityTypeName;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import com.cedarpolicy.value.Value;
import io.errand.broker.policy.OpenDecisions;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.shared.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Decides with the open policy sets. They are kept parsed, and each decision asks the database whether they are still the ones. */
@Component
class OpenPolicies implements OpenDecisions {

    private static final Logger LOG = LoggerFactory.getLogger(OpenPolicies.class);

    private static final EntityTypeName ACTION = EntityTypeName.parse("Action").orElseThrow();

    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();
    private final OpenRules rules;
    private final JdbcClient jdbc;
    private volatile Loaded last = new Loaded(List.of(), List.of());

    OpenPolicies(OpenRules rules, JdbcClient jdbc) {
        this.rules = rules;
        this.jdbc = jdbc;
    }

    private record Version(String name, long version) {}

    private record Row(String name, long version, String schema, String cedar) {}

    private record Loaded(List<Version> versions, List<OpenRules.Read> sets) {}

    @Override
    public PolicyDecision decide(OpenQuestion question) {
        try {
            Set<String> forbidding = new TreeSet<>();
            Set<String> permitting = new TreeSet<>();
            Set<String> reasons = new TreeSet<>();
            boolean isKnown = false;
            for (OpenRules.Read set : now()) {
                if (isKnown(set, question)) {
                    isKnown = true;
                    AuthorizationSuccessResponse answer = ask(set, question);
                    if (!answer.getErrors().isEmpty()) {
                        LOG.warn("Open policies failed: {}", answer.getErrors());
                        return error();
                    }
                    (answer.isAllowed() ? permitting : forbidding).addAll(answer.getReason());
                    if (!answer.isAllowed()) {
                        answer.getReason().stream()
                                .map(id -> Objects.requireNonNull(set.rules().get(id))
                                        .reason())
                                .filter(Objects::nonNull)
                                .forEach(reasons::add);
                    }
                }
            }
            if (!isKnown) {
                return new PolicyDecision.Deny(
                        List.of(),
                        "type_unknown",
                        List.of("No policy knows subjects, actions and resources like these."),
                        List.of());
            }
            return !forbidding.isEmpty()
                    ? new PolicyDecision.Deny(List.copyOf(forbidding), "forbidden", List.copyOf(reasons), List.of())
                    : permitting.isEmpty()
                            ? new PolicyDecision.Deny(List.of(), "no_permit", List.of(), List.of())
                            : new PolicyDecision.Permit(List.copyOf(permitting), null, List.of(), List.of());
        } catch (AuthException | RuntimeException | LinkageError e) {
            LOG.error("No open decision could be made", e);
            return error();
        }
    }

    private static PolicyDecision error() {
        return new PolicyDecision.Deny(List.of(), "policy_error", List.of(), List.of());
    }

    private static boolean isKnown(OpenRules.Read set, OpenQuestion question) {
        return set.types().contains(question.principal().type())
                && set.types().contains(question.resource().type())
                && set.actions().contains(question.action());
    }

    private AuthorizationSuccessResponse ask(OpenRules.Read set, OpenQuestion question) throws AuthException {
        Entity principal = entity(question.principal());
        Entity resource = entity(question.resource());
        Set<Entity> entities = new HashSet<>(List.of(principal));
        if (!principal.getEUID().equals(resource.getEUID())) {
            entities.add(resource);
        }
        AuthorizationResponse response = engine.isAuthorized(
                new AuthorizationRequest(
                        principal.getEUID(),
                        ACTION.of(question.action()),
                        resource.getEUID(),
                        Optional.of(values(question.context())),
                        Optional.empty(),
                        false),
                set.policies(),
                entities);
        return response.success.orElseThrow(() -> new IllegalStateException("Cedar refused the question: " + response));
    }

    private static Entity entity(Thing thing) {
        return new Entity(
                EntityTypeName.parse(thing.type()).orElseThrow().of(thing.id()), values(thing.properties()), Set.of());
    }

    private static Map<String, Value> values(Map<String, Object> members) {
        Map<String, Value> values = new HashMap<>();
        members.forEach((name, member) -> value(member).ifPresent(value -> values.put(name, value)));
        return values;
    }

    private static Optional<Value> value(Object member) {
        return switch (member) {
            case String text -> Optional.of(new PrimString(text));
            case Boolean bool -> Optional.of(new PrimBool(bool));
            case Integer number -> Optional.of(new PrimLong((long) number));
            case Long number -> Optional.of(new PrimLong(number));
            case List<?> list -> {
                List<Value> values = new ArrayList<>();
                list.forEach(one -> value(one).ifPresent(values::add));
                yield Optional.of(new CedarList(values));
            }
            case Map<?, ?> map -> {
                Map<String, Value> values = new HashMap<>();
                map.forEach((name, one) -> value(one).ifPresent(value -> values.put(String.valueOf(name), value)));
                yield Optional.of(new CedarMap(values));
            }
            case null, default -> Optional.empty();
        };
    }

    /** Parses what was saved. */
    void prepare() {
        now();
    }

    private List<OpenRules.Read> now() {
        List<Version> versions = jdbc.sql("SELECT name, version FROM open_policy ORDER BY name")
                .query(Version.class)
                .list();
        Loaded known = last;
        if (!known.versions().equals(versions)) {
            known = load();
            last = known;
        }
        return known.sets();
    }

    private Loaded load() {
        List<Row> rows = jdbc.sql("SELECT name, version, schema, cedar FROM open_policy ORDER BY name")
                .query(Row.class)
                .list();
        List<OpenRules.Read> sets = rows.stream()
                .map(row -> switch (rules.read(row.name() + "@" + row.version(), row.schema(), row.cedar())) {
                    case Result.Ok<OpenRules.Read>(OpenRules.Read read) -> read;
                    case Result.Refused<OpenRules.Read>(var problem) ->
                        // It may hold a forbid, so nothing can be decided without it (P5).
                        throw new IllegalStateException(
                                "Open policy " + row.name() + " cannot be read: " + problem.detail());
                })
                .toList();
        return new Loaded(
                rows.stream().map(row -> new Version(row.name(), row.version())).toList(), sets);
    }
}
