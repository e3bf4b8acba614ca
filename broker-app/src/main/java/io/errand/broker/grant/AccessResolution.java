package io.errand.broker.grant;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.agent.Agent;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Mandate;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskLimits;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.tasktype.TaskType;
import io.errand.broker.tasktype.TaskTypes;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Resolves the tools and actions that are asked for. All of them must be inside the ceiling, or none is granted (P3). */
@Component
public class AccessResolution {

    static final int MAX_TOOLS = 64;

    private final Tools tools;
    private final DelegationLimits delegationLimits;
    private final TaskTypes taskTypes;
    private final ErrandProperties errand;

    AccessResolution(Tools tools, DelegationLimits delegationLimits, TaskTypes taskTypes, ErrandProperties errand) {
        this.tools = tools;
        this.delegationLimits = delegationLimits;
        this.taskTypes = taskTypes;
        this.errand = errand;
    }

    /** Whose ceiling, and what it is narrowed to. */
    private record Reach(
            Agent agent,
            Optional<TaskLimits> taskLimits,
            Optional<Mandate> mandate,
            Optional<TaskType> type,
            List<TaskType> typesAbove) {}

    private Optional<AuthorizationDetail> limit(Tool tool, Reach reach) {
        return reach.taskLimits()
                .flatMap(all -> all.on(tool.name()))
                .or(() -> reach.mandate().map(mandate -> mandate.on(tool, address(tool), tool.actions())));
    }

    private String address(Tool tool) {
        return errand.issuer() + "/tools/" + tool.name();
    }

    GrantStep<List<RequestedAccess>> of(TokenRequest request, Caller caller, RequestedTask requestedTask) {
        Optional<Refusal> stopped =
                requestedTask.bounds().flatMap(taskLimits -> delegationLimits.broken(taskLimits.actors()));
        if (stopped.isPresent()) {
            return GrantStep.stop(stopped.get());
        }
        Reach reach = new Reach(
                caller.agent(),
                requestedTask.bounds(),
                caller.mandate(),
                requestedTask.registered(),
                requestedTask
                        .bounds()
                        .map(bounds -> delegationLimits.types(bounds.task()))
                        .orElse(List.of()));
        if (request.authorizationDetails() == null) {
            GrantStep<List<RequestedAccess>> named = request.isShorthand()
                    ? shorthand(request, reach)
                    : request.isByAssertion()
                            ? asserted(reach)
                            : GrantStep.pass(requestedTask.existing().isPresent() ? List.of() : usual(reach));
            return named.then(access -> enforceable(access, reach));
        }
        if (request.isShorthand()) {
            return GrantStep.stop(Refusal.invalidRequest(
                    "access_named_twice",
                    "Name tools by authorization_details, or by audience, resource and scope, but not by both."));
        }
        return AuthorizationDetailsParameter.read(request.authorizationDetails())
                .then(details -> each(details, reach));
    }

    /** Tools and actions as the request names them, whoever may have them; no actions: the tool is named alone. */
    Map<String, List<String>> named(TokenRequest request) {
        Map<String, List<String>> named = new LinkedHashMap<>();
        if (request.authorizationDetails() != null) {
            if (AuthorizationDetailsParameter.read(request.authorizationDetails())
                    instanceof GrantStep.Passed<List<AuthorizationDetail>>(var details)) {
                details.forEach(detail -> named.put(detail.identifier(), detail.actions()));
            }
            return named;
        }
        request.audiences().forEach(audience -> named.put(audience, List.of()));
        request.resources()
                .forEach(resource -> byResource(resource).ifPresent(tool -> named.put(tool.name(), List.of())));
        if (request.scope() != null) {
            for (String token : request.scope().split(" ", -1)) {
                int colon = token.indexOf(':');
                if (colon > 0 && colon < token.length() - 1 && named.size() < MAX_TOOLS) {
                    List<String> actions = new ArrayList<>(named.getOrDefault(token.substring(0, colon), List.of()));
                    actions.add(token.substring(colon + 1));
                    named.put(token.substring(0, colon), actions);
                }
            }
        }
        return named;
    }

    /** What a task hands on: as if its agent asked for it. */
    public GrantStep<List<RequestedAccess>> handed(
            @Nullable List<AuthorizationDetail> details, Agent agent, TaskLimits taskLimits) {
        return AuthorizationDetailsParameter.formed(details)
                .then(good -> each(
                        good,
                        new Reach(
                                agent,
                                Optional.of(taskLimits),
                                Optional.empty(),
                                Optional.empty(),
                                delegationLimits.types(taskLimits.task()))));
    }

    private GrantStep<List<RequestedAccess>> each(List<AuthorizationDetail> details, Reach reach) {
        List<RequestedAccess> requestedAccess = new ArrayList<>();
        for (AuthorizationDetail detail : details) {
            Optional<Tool> tool = tools.byName(detail.identifier());
            Optional<Refusal> outside = outside(detail.identifier(), tool, reach);
            if (outside.isPresent()) {
                return GrantStep.stop(outside.get());
            }
            Tool known = tool.orElseThrow();
            if (!allowed(known, reach).containsAll(detail.actions())) {
                return invalid(
                        Refusal.ACTION_OUTSIDE_CEILING, "An action is not one that this agent may take on this tool.");
            }
            if (!within(
                            detail.datatypes(),
                            known.datatypes().stream().map(type -> type.name()).toList())
                    || !within(detail.locations(), known.locations())) {
                return invalid(
                        "part_unknown", "datatypes and locations are some of the tool's own, each once, or absent.");
            }
            Optional<AuthorizationDetail> limit = limit(known, reach);
            if (!within(detail.datatypes(), limit.map(AuthorizationDetail::datatypes))
                    || !within(detail.locations(), limit.map(AuthorizationDetail::locations))) {
                return invalid(
                        "part_outside_ceiling",
                        "datatypes and locations are some of those that the task has, or absent.");
            }
            requestedAccess.add(wanted(known, detail.actions(), detail.datatypes(), detail.locations(), limit));
        }
        return enforceable(requestedAccess, reach);
    }

    /** What was granted and nobody keeps would only look narrower. */
    private GrantStep<List<RequestedAccess>> enforceable(List<RequestedAccess> asked, Reach reach) {
        return TypedData.within(
                        asked,
                        Stream.concat(reach.typesAbove().stream(), reach.type().stream())
                                .toList())
                .then(requestedAccess -> requestedAccess.stream()
                        .flatMap(one -> tools.unenforceable(one.tool(), one.granted()).stream())
                        .findFirst()
                        .map(sentence ->
                                AccessResolution.<List<RequestedAccess>>invalid("part_not_enforceable", sentence))
                        .orElseGet(() -> GrantStep.pass(requestedAccess)));
    }

    /** What a task of the type has where the request names nothing: as much as is there and inside the ceiling. */
    private List<RequestedAccess> usual(Reach reach) {
        return reach.type().map(TaskType::tools).orElse(Map.of()).keySet().stream()
                .sorted()
                .limit(MAX_TOOLS)
                .flatMap(name -> tools.byName(name).stream())
                .map(tool -> whole(tool, List.copyOf(new TreeSet<>(allowed(tool, reach))), reach))
                .filter(access -> !access.actions().isEmpty())
                .toList();
    }

    /** {@code audience} and {@code resource} name tools, {@code scope} narrows to actions; tools alone mean all of the ceiling. */
    private GrantStep<List<RequestedAccess>> shorthand(TokenRequest request, Reach reach) {
        Map<String, Tool> named = new LinkedHashMap<>();
        for (String audience : request.audiences()) {
            Optional<Tool> tool = tools.byName(audience);
            Optional<Refusal> outside = outside(audience, tool, reach);
            if (outside.isPresent()) {
                return GrantStep.stop(outside.get());
            }
            named.put(audience, tool.orElseThrow());
        }
        for (String resource : request.resources()) {
            Optional<Tool> tool = byResource(resource);
            Optional<Refusal> outside = outside(resource, tool, reach);
            if (outside.isPresent()) {
                return GrantStep.stop(outside.get());
            }
            named.put(tool.orElseThrow().name(), tool.get());
        }
        return request.scope() == null
                ? GrantStep.pass(named.values().stream()
                        .map(tool -> whole(tool, List.copyOf(new TreeSet<>(allowed(tool, reach))), reach))
                        .toList())
                : scoped(request.scope(), named, reach);
    }

    private GrantStep<List<RequestedAccess>> scoped(String scope, Map<String, Tool> named, Reach reach) {
        Map<String, List<String>> actions = new LinkedHashMap<>();
        for (String token : scope.split(" ", -1)) {
            int colon = token.indexOf(':');
            if (colon < 1 || colon == token.length() - 1) {
                return badScope("scope_form", "scope is tool:action, separated by single spaces.");
            }
            List<String> of = actions.computeIfAbsent(token.substring(0, colon), name -> new ArrayList<>());
            if (of.size() >= MAX_TOOLS || actions.size() > MAX_TOOLS) {
                return badScope("scope_count", "scope names too many tools or actions.");
            }
            of.add(token.substring(colon + 1));
        }
        if (!named.isEmpty() && !named.keySet().equals(actions.keySet())) {
            return badScope("scope_target", "scope names the same tools as audience and resource do.");
        }
        List<RequestedAccess> requestedAccess = new ArrayList<>();
        for (Map.Entry<String, List<String>> entry : actions.entrySet()) {
            Optional<Tool> tool = tools.byName(entry.getKey());
            if (outside(entry.getKey(), tool, reach).isPresent()
                    || !distinct(entry.getValue())
                    || !allowed(tool.orElseThrow(), reach).containsAll(entry.getValue())) {
                return badScope(Refusal.ACTION_OUTSIDE_CEILING, "A scope is not one that this agent may ask for.");
            }
            requestedAccess.add(whole(tool.get(), entry.getValue(), reach));
        }
        return GrantStep.pass(requestedAccess);
    }

    /** What the assertion names, where the request names nothing. */
    private GrantStep<List<RequestedAccess>> asserted(Reach reach) {
        Mandate mandate = reach.mandate().filter(Mandate::namesTools).orElse(null);
        if (mandate == null) {
            return GrantStep.stop(
                    Refusal.invalidTarget("target_missing", "neither assertion nor request names a tool"));
        }
        Map<String, Optional<Tool>> named = new LinkedHashMap<>();
        mandate.toolNames().forEach(name -> named.put(name, tools.byName(name)));
        if (named.isEmpty() && mandate.resources() != null) {
            mandate.resources().forEach(resource -> named.put(resource, byResource(resource)));
        }
        List<RequestedAccess> wanted = new ArrayList<>();
        for (Map.Entry<String, Optional<Tool>> one : named.entrySet()) {
            Optional<Refusal> outside = outside(one.getKey(), one.getValue(), reach);
            if (outside.isPresent()) {
                return GrantStep.stop(outside.get());
            }
            Tool tool = one.getValue().orElseThrow();
            wanted.add(whole(tool, List.copyOf(new TreeSet<>(allowed(tool, reach))), reach));
        }
        return wanted.isEmpty() || wanted.size() > MAX_TOOLS
                ? GrantStep.stop(Refusal.invalidTarget("target_missing", "the assertion names no tool"))
                : GrantStep.pass(wanted);
    }

    private Optional<Tool> byResource(String resource) {
        String own = errand.issuer() + "/tools/";
        return resource.startsWith(own) ? tools.byName(resource.substring(own.length())) : tools.byLocation(resource);
    }

    private Optional<Refusal> outside(String name, Optional<Tool> tool, Reach reach) {
        if (tool.isEmpty()) {
            return Optional.of(Refusal.invalidTarget(Refusal.TOOL_UNKNOWN, "no such tool: " + shortened(name)));
        }
        return allowed(tool.get(), reach).isEmpty()
                ? Optional.of(Refusal.invalidTarget(
                        Refusal.TOOL_OUTSIDE_CEILING,
                        tool.get().name() + " is outside the ceiling of the agent or of its task"))
                : Optional.empty();
    }

    /** requested ∩ what the subject's token allows ∩ task ∩ its type ∩ agent ∩ tool, of which this is all but the first. */
    private Set<String> allowed(Tool tool, Reach reach) {
        Set<String> inside = delegationLimits.within(tool, reach.agent(), reach.taskLimits());
        for (TaskType type : reach.typesAbove()) {
            inside = type.within(tool.name(), inside);
        }
        Set<String> ofAgent = inside;
        Set<String> allowed =
                reach.type().map(type -> type.within(tool.name(), ofAgent)).orElse(ofAgent);
        return reach.mandate()
                .map(mandate ->
                        Set.copyOf(mandate.on(tool, address(tool), allowed).actions()))
                .orElse(allowed);
    }

    private RequestedAccess whole(Tool tool, List<String> actions, Reach reach) {
        return wanted(tool, actions, null, null, limit(tool, reach));
    }

    /** Who does not say which part of the tool gets the part that the task has. */
    private static RequestedAccess wanted(
            Tool tool,
            List<String> actions,
            @Nullable List<String> datatypes,
            @Nullable List<String> locations,
            Optional<AuthorizationDetail> limit) {
        return new RequestedAccess(
                tool,
                actions,
                datatypes == null ? limit.map(AuthorizationDetail::datatypes).orElse(null) : datatypes,
                locations == null ? limit.map(AuthorizationDetail::locations).orElse(null) : locations);
    }

    private static boolean within(@Nullable List<String> some, Optional<List<String>> limit) {
        return some == null || limit.isEmpty() || limit.get().containsAll(some);
    }

    private static boolean within(@Nullable List<String> some, List<String> all) {
        return some == null || (distinct(some) && all.containsAll(some));
    }

    static boolean distinct(List<String> values) {
        return !values.isEmpty() && !values.contains(null) && new HashSet<>(values).size() == values.size();
    }

    private static String shortened(String name) {
        return name.length() > 80 ? name.substring(0, 80) + "…" : name;
    }

    private static <T> GrantStep<T> invalid(String reason, String description) {
        return GrantStep.stop(Refusal.invalidDetails(reason, description));
    }

    private static <T> GrantStep<T> badScope(String reason, String description) {
        return GrantStep.stop(Refusal.invalidScope(reason, description));
    }
}
