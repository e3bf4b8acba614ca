package io.errand.broker.credential.vault.client;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tool's {@code config} for this backend.
 *
 * @param paths the path at which the credential of an action is read
 * @param tokenRole the token role that the lease's token is made from
 * @param parameters what is sent to paths that are written rather than read (PKI, Kubernetes); empty: read
 * @param observe the target at which the broker itself ends what Vault made; empty: nowhere
 */
public record VaultBinding(
        Map<String, String> paths, String tokenRole, Map<String, String> parameters, String observe) {

    private static final Pattern SEGMENTS = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+");
    private static final Set<String> NEVER = Set.of("sys", "auth", "identity", "cubbyhole");
    private static final Set<String> MEMBERS = Set.of("path", "token_role", "parameters", ToolBinding.OBSERVE);
    private static final String PATHS =
            "an object that names a path for each action, for example" + " {\"read\": \"database/creds/orders-read\"}";

    /** A binding, and what is wrong with it; a binding with problems is not used. */
    public record Read(VaultBinding toolBinding, List<BindingProblem> problems) {}

    public static Read of(ToolBinding toolBinding) {
        List<BindingProblem> problems = new ArrayList<>();
        for (String member : new TreeSet<>(toolBinding.config().keySet())) {
            if (!MEMBERS.contains(member)) {
                problems.add(new BindingProblem(member, "is not a member of a vault tool's config"));
            }
        }
        Map<String, String> paths = texts(toolBinding.config().get("path"), "path", PATHS, problems);
        for (String action : toolBinding.actions()) {
            if (!paths.containsKey(action)) {
                problems.add(new BindingProblem("path." + action, "is missing: every action needs a path"));
            }
        }
        paths.forEach((action, path) -> {
            if (!toolBinding.actions().contains(action)) {
                problems.add(new BindingProblem("path." + action, "names no action of this tool"));
            }
            checkPath(action, path, problems);
        });
        Map<String, String> parameters = toolBinding.config().containsKey("parameters")
                ? texts(toolBinding.config().get("parameters"), "parameters", "an object of strings", problems)
                : Map.of();
        if (parameters.containsKey("ttl")) {
            problems.add(new BindingProblem("parameters.ttl", "is the broker's: it asks for what is left of the task"));
        }
        if (toolBinding.config().containsKey(ToolBinding.OBSERVE)
                && Names.check(toolBinding.observed()).isPresent()) {
            problems.add(new BindingProblem(ToolBinding.OBSERVE, "must name a target of the service (errand.targets)"));
        }
        Object role = toolBinding.config().get("token_role");
        String tokenRole = role instanceof String text && isTokenRole(text) ? text : "";
        if (tokenRole.isEmpty()) {
            problems.add(new BindingProblem("token_role", "must name a token role of Vault"));
        }
        return new Read(new VaultBinding(paths, tokenRole, parameters, toolBinding.observed()), problems);
    }

    /** One credential cannot be two users: actions that are asked for together must have one path. */
    public Result<String> pathOf(List<String> actions) {
        Set<String> found = new LinkedHashSet<>();
        for (String action : actions) {
            String path = paths.get(action);
            if (path == null) {
                return no("The tool has no path for the action '" + action + "'.");
            }
            found.add(path);
        }
        return switch (found.size()) {
            case 1 -> Result.ok(found.iterator().next());
            case 0 -> no("No action was asked for, and a credential stands for at least one.");
            default ->
                no("The actions " + String.join(", ", new TreeSet<>(actions)) + " are at " + found.size()
                        + " paths in Vault, and one credential cannot be several users: ask for them one by one.");
        };
    }

    private static Result<String> no(String detail) {
        return Result.refused(Problem.badRequest(detail));
    }

    public static boolean isTokenRole(String text) {
        return text.matches("[A-Za-z0-9._-]+") && !text.equals(".") && !text.equals("..");
    }

    /** A mount and a path below it, and nothing that leads elsewhere. */
    public static boolean isPath(String text) {
        List<String> segments = List.of(text.split("/"));
        return SEGMENTS.matcher(text).matches() && !segments.contains("..") && !segments.contains(".");
    }

    private static void checkPath(String action, String path, List<BindingProblem> problems) {
        if (!isPath(path)) {
            problems.add(new BindingProblem(
                    "path." + action, "must be a mount and a path below it, for example database/creds/orders-read"));
        } else if (NEVER.contains(path.substring(0, path.indexOf('/')))) {
            problems.add(new BindingProblem("path." + action, "is not in a secrets engine"));
        } else if (path.matches(".*/static-creds?/.*")) {
            problems.add(new BindingProblem(
                    "path." + action, "gives everybody the same credential and no lease, so nothing could be revoked"));
        }
    }

    private static Map<String, String> texts(
            @Nullable Object value, String member, String expected, List<BindingProblem> problems) {
        Map<String, String> texts = new TreeMap<>();
        if (!(value instanceof Map<?, ?> map) || map.isEmpty()) {
            problems.add(new BindingProblem(member, "must be " + expected));
            return texts;
        }
        map.forEach((key, text) -> {
            if (key instanceof String name && text instanceof String string) {
                texts.put(name, string);
            } else {
                problems.add(new BindingProblem(member + "." + key, "must be a string"));
            }
        });
        return new LinkedHashMap<>(texts);
    }
}
