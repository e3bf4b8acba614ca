package io.errand.broker.caller;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.broker.tool.Tool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the token of a subject allows at most, by its claims {@code authorization_details}, {@code resource} and {@code scope}: of an
 * ID-JAG, or of another deployment's credential. Each claim that is there limits by itself.
 *
 * @param details null: the claim is absent; items of other types allow nothing here
 * @param resources null: absent
 * @param scopes {@code tool:action} each; null: absent
 */
public record Mandate(
        @Nullable List<AuthorizationDetail> details,
        @Nullable List<String> resources,
        @Nullable Set<String> scopes) {

    private static final int MOST = 64;

    /** Empty: a claim of the three has another form than its standard gives it, or names too much. */
    static Optional<Mandate> of(Map<String, Object> claims) {
        try {
            List<AuthorizationDetail> details = details(claims.get("authorization_details"));
            List<String> resources = resources(claims.get("resource"));
            Set<String> scopes = scopes(claims.get("scope"));
            return (details != null && details.size() > MOST)
                            || (resources != null && resources.size() > MOST)
                            || (scopes != null && scopes.size() > MOST * MOST)
                    ? Optional.empty()
                    : Optional.of(new Mandate(details, resources, scopes));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static @Nullable List<AuthorizationDetail> details(@Nullable Object claim) {
        if (claim == null) {
            return null;
        }
        if (!(claim instanceof List<?> items)) {
            throw new IllegalArgumentException("authorization_details is no array");
        }
        List<AuthorizationDetail> details = new ArrayList<>();
        for (Object item : items) {
            if (!(item instanceof Map<?, ?> detail)) {
                throw new IllegalArgumentException("authorization_details has an item that is no object");
            }
            if (AuthorizationDetail.TOOL_ACCESS.equals(detail.get("type"))) {
                details.add(new AuthorizationDetail(
                        AuthorizationDetail.TOOL_ACCESS,
                        text(detail.get("identifier")),
                        texts(detail.get("actions")),
                        detail.containsKey("datatypes") ? texts(detail.get("datatypes")) : null,
                        detail.containsKey("locations") ? texts(detail.get("locations")) : null));
            }
        }
        return details;
    }

    private static @Nullable List<String> resources(@Nullable Object claim) {
        return claim == null ? null : claim instanceof String one ? List.of(one) : texts(claim);
    }

    private static @Nullable Set<String> scopes(@Nullable Object claim) {
        return claim == null ? null : new LinkedHashSet<>(List.of(text(claim).split(" ")));
    }

    private static String text(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("not text");
    }

    private static List<String> texts(@Nullable Object value) {
        if (value instanceof List<?> items && items.stream().allMatch(String.class::isInstance)) {
            return items.stream().map(String.class::cast).toList();
        }
        throw new IllegalArgumentException("not a list of text");
    }

    /** Whether it names any tool, and so what is meant where the request names none. */
    public boolean namesTools() {
        return details != null || resources != null || scopes != null;
    }

    /** As it may be compared. */
    public String text() {
        return Json.mapper().writeValueAsString(this);
    }

    /**
     * What it allows on a tool.
     *
     * @param own the address by which {@code resource} names it
     * @param actions those that are in question
     */
    public AuthorizationDetail on(Tool tool, String own, Set<String> actions) {
        Set<String> left = new HashSet<>(actions);
        List<String> datatypes = null;
        List<String> locations = null;
        if (resources != null
                && resources.stream()
                        .noneMatch(name -> name.equals(own) || tool.locations().contains(name))) {
            left.clear();
        }
        if (scopes != null) {
            left.removeIf(action -> !scopes.contains(tool.name() + ":" + action));
        }
        if (details != null) {
            Optional<AuthorizationDetail> detail = details.stream()
                    .filter(one -> one.identifier().equals(tool.name()))
                    .findFirst();
            left.retainAll(detail.map(AuthorizationDetail::actions).orElse(List.of()));
            datatypes = detail.map(AuthorizationDetail::datatypes).orElse(null);
            locations = detail.map(AuthorizationDetail::locations).orElse(null);
        }
        return new AuthorizationDetail(
                AuthorizationDetail.TOOL_ACCESS,
                tool.name(),
                left.stream().sorted().toList(),
                datatypes,
                locations);
    }

    /** Names of tools in details and scopes; those of {@code resources} are addresses. */
    public Set<String> toolNames() {
        Set<String> names = new LinkedHashSet<>();
        if (details != null) {
            details.forEach(detail -> names.add(detail.identifier()));
        }
        if (scopes != null) {
            scopes.stream()
                    .filter(scope -> scope.indexOf(':') > 0)
                    .forEach(scope -> names.add(scope.substring(0, scope.indexOf(':'))));
        }
        return names;
    }
}
