package io.errand.broker.shared.outbound;

import java.net.InetAddress;
import java.net.URI;

/** How requests get to an address. */
public final class Transport {

    private Transport() {}

    /** Whether nobody between reads what is shown there: {@code https}, or {@code http} to this machine (RFC 6761 §6.3). */
    public static boolean isPrivate(URI uri) {
        return "https".equals(uri.getScheme())
                || ("http".equals(uri.getScheme()) && uri.getHost() != null && isLoopback(uri.getHost()));
    }

    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
