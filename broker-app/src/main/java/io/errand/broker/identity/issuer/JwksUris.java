package io.errand.broker.identity.issuer;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** Addresses that keys may come from: {@code https}, or {@code http} on this machine. */
public final class JwksUris {

    private static final int MAX_LENGTH = 1024;

    private JwksUris() {}

    public static Optional<URI> of(String text) {
        if (text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text);
            boolean isPlain = uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawFragment() == null;
            return isPlain && ("https".equals(uri.getScheme()) || isOnThisMachine(uri))
                    ? Optional.of(uri)
                    : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** Whether it is {@code http} to a loopback address. */
    static boolean isOnThisMachine(URI uri) {
        return "http".equals(uri.getScheme()) && uri.getHost() != null && isLoopback(uri.getHost());
    }

    /** Only literal addresses and {@code localhost} (RFC 6761 §6.3): other names are whatever a resolver says. */
    private static boolean isLoopback(String host) {
        if (host.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
