package io.errand.broker.identity.spiffe;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The Workload API that this replica listens to ({@code errand.identity.spiffe.*}).
 *
 * @param workloadApiSocket {@code unix:///path} or {@code tcp://ip:port} (SPIFFE Workload Endpoint §4); empty: none. The
 *     environment's {@code SPIFFE_ENDPOINT_SOCKET} where nothing else is set
 */
@ConfigurationProperties("errand.identity.spiffe")
record SpiffeProperties(@DefaultValue("") String workloadApiSocket) {

    SpiffeProperties {
        workloadApiSocket = workloadApiSocket.strip();
        if (!workloadApiSocket.isEmpty()) {
            parsed(workloadApiSocket);
        }
    }

    Optional<URI> socket() {
        return workloadApiSocket.isEmpty() ? Optional.empty() : Optional.of(parsed(workloadApiSocket));
    }

    private static URI parsed(String socket) {
        try {
            URI uri = new URI(socket);
            if (uri.getRawQuery() == null && uri.getRawFragment() == null && (isUnix(uri) || isTcp(uri))) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Said below, with the name of the setting.
        }
        throw new IllegalArgumentException(
                "errand.identity.spiffe.workload-api-socket is unix:///path or tcp://ip:port, not " + socket);
    }

    private static boolean isUnix(URI uri) {
        return "unix".equals(uri.getScheme())
                && uri.getRawAuthority() == null
                && uri.getPath() != null
                && uri.getPath().length() > 1;
    }

    private static boolean isTcp(URI uri) {
        return "tcp".equals(uri.getScheme())
                && uri.getHost() != null
                && isAddress(uri.getHost())
                && uri.getPort() > 0
                && uri.getRawUserInfo() == null
                && uri.getRawPath().isEmpty();
    }

    /** No name: whom it means would be a resolver's to say. */
    private static boolean isAddress(String host) {
        try {
            return InetAddress.ofLiteral(host) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
