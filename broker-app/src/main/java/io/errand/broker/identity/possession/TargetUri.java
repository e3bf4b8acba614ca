package io.errand.broker.identity.possession;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * The address of a request in one spelling (RFC 9449 §4.3: RFC 3986 §6.2.2 and §6.2.3), without query and fragment.
 *
 * @param port the scheme's own where none is written
 * @param path percent-encoding in upper case, and none of what needs no encoding
 */
record TargetUri(String scheme, String host, int port, String path) {

    private static final int MAX_LENGTH = 2048;
    private static final String UNRESERVED = "-._~";

    /** Empty: it is no absolute http(s) address. */
    static Optional<TargetUri> of(String text) {
        if (text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text).normalize();
            if (uri.getScheme() == null || uri.getHost() == null || uri.getRawUserInfo() != null) {
                return Optional.empty();
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            int usual = switch (scheme) {
                case "https" -> 443;
                case "http" -> 80;
                default -> -1;
            };
            String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            return usual < 0
                    ? Optional.empty()
                    : Optional.of(new TargetUri(
                            scheme,
                            uri.getHost().toLowerCase(Locale.ROOT),
                            uri.getPort() < 0 ? usual : uri.getPort(),
                            plain(path)));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static String plain(String path) {
        StringBuilder plain = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) != '%') {
                plain.append(path.charAt(i));
                continue;
            }
            String digits = path.substring(i + 1, i + 3);
            char c = (char) Integer.parseInt(digits, 16);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
                plain.append(c);
            } else {
                plain.append('%').append(digits.toUpperCase(Locale.ROOT));
            }
            i += 2;
        }
        return plain.toString();
    }
}
