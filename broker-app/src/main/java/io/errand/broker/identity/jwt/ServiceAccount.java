package io.errand.broker.identity.jwt;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes service account, as projected tokens name it twice: in {@code sub} and in {@code kubernetes.io}. Two that
 * disagree are nobody's.
 */
record ServiceAccount(String namespace, String name) {

    private static final String CLAIM = "kubernetes.io";

    /** The same in tokens that are kept in secrets. */
    private static final String LEGACY_NAMESPACE = "kubernetes.io/serviceaccount/namespace";

    private static final String LEGACY_NAME = "kubernetes.io/serviceaccount/service-account.name";

    private static final String PREFIX = "system:serviceaccount:";

    /** RFC 1123 label, and names made of such labels, as the API server has them. */
    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    private static final Pattern NAME =
            Pattern.compile("(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    /** Whether the token says that it is of a service account, in either place. */
    static boolean isMeant(Map<String, Object> claims) {
        return claims.containsKey(CLAIM)
                || claims.containsKey(LEGACY_NAMESPACE)
                || claims.containsKey(LEGACY_NAME)
                || (claims.get("sub") instanceof String sub && sub.startsWith(PREFIX));
    }

    static Optional<ServiceAccount> of(Map<String, Object> claims) {
        return claims.get("sub") instanceof String sub
                ? parse(sub)
                        .filter(account -> !claims.containsKey(CLAIM) || account.isBoundBy(claims.get(CLAIM)))
                        .filter(account -> agrees(claims, LEGACY_NAMESPACE, account.namespace))
                        .filter(account -> agrees(claims, LEGACY_NAME, account.name))
                : Optional.empty();
    }

    private static boolean agrees(Map<String, Object> claims, String claim, String said) {
        return !claims.containsKey(claim) || said.equals(claims.get(claim));
    }

    private static Optional<ServiceAccount> parse(String sub) {
        if (!sub.startsWith(PREFIX)) {
            return Optional.empty();
        }
        String[] parts = sub.substring(PREFIX.length()).split(":", -1);
        return parts.length == 2
                        && NAMESPACE.matcher(parts[0]).matches()
                        && NAME.matcher(parts[1]).matches()
                ? Optional.of(new ServiceAccount(parts[0], parts[1]))
                : Optional.empty();
    }

    private boolean isBoundBy(@Nullable Object bound) {
        return bound instanceof Map<?, ?> claim
                && namespace.equals(claim.get("namespace"))
                && claim.get("serviceaccount") instanceof Map<?, ?> account
                && name.equals(account.get("name"));
    }
}
