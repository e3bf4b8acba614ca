package io.errand.broker.identity.jwt;

import java.util.Optional;

/**
 * The identity of a workload as the SPIFFE ID specification has it (SPIFFE-ID §2), and in one spelling only: what others would
 * normalise is none here.
 *
 * @param trustDomain lower case, no port
 * @param path begins with a slash and names something
 */
public record SpiffeId(String trustDomain, String path) {

    public static final String SCHEME = "spiffe://";

    /** SPIFFE-ID §2.3. */
    static final int MAX_LENGTH = 2048;

    private static final int MAX_TRUST_DOMAIN = 255;

    public static Optional<SpiffeId> parse(String text) {
        if (text.length() > MAX_LENGTH || !text.startsWith(SCHEME)) {
            return Optional.empty();
        }
        int slash = text.indexOf('/', SCHEME.length());
        if (slash < 0) {
            return Optional.empty(); // the trust domain itself, which is no workload
        }
        String trustDomain = text.substring(SCHEME.length(), slash);
        String path = text.substring(slash);
        return isTrustDomain(trustDomain) && isPath(path)
                ? Optional.of(new SpiffeId(trustDomain, path))
                : Optional.empty();
    }

    /** SPIFFE-ID §2.1: no port, no user, no upper case. */
    public static boolean isTrustDomain(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_TRUST_DOMAIN
                && text.chars().allMatch(c -> isLowerCase(c) || isOther(c));
    }

    /** SPIFFE-ID §2.2: no empty segment, none that is relative, and nothing that would have to be encoded. */
    private static boolean isPath(String path) {
        for (String segment : path.substring(1).split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                return false;
            }
        }
        return path.chars().allMatch(c -> c == '/' || isLowerCase(c) || (c >= 'A' && c <= 'Z') || isOther(c));
    }

    private static boolean isLowerCase(int c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isOther(int c) {
        return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    }
}
