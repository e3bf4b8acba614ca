package io.errand.cli.mcp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;

/** Where the client finds the guard, and where the guard finds the server. */
public record HttpEnds(InetSocketAddress listen, URI upstream) {

    /** @throws IllegalArgumentException if the one is no port of the loopback, or the other no address of HTTP */
    public static HttpEnds of(String listen, URI upstream) {
        return new HttpEnds(loopback(listen), endpoint(upstream));
    }

    private static InetSocketAddress loopback(String listen) {
        int colon = listen.lastIndexOf(':');
        try {
            InetAddress host = InetAddress.getByName(listen.substring(0, Math.max(0, colon)));
            int port = Integer.parseInt(listen.substring(colon + 1));
            if (colon > 0 && host.isLoopbackAddress() && port >= 0 && port <= 65_535) {
                return new InetSocketAddress(host, port);
            }
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("--listen is 127.0.0.1:PORT, not " + listen + ".", e);
        }
        throw new IllegalArgumentException("--listen is 127.0.0.1:PORT, not " + listen + ".");
    }

    private static URI endpoint(URI url) {
        if (url.getHost() == null
                || !List.of("http", "https").contains(String.valueOf(url.getScheme()))
                || url.getUserInfo() != null) {
            throw new IllegalArgumentException("--upstream is an http(s) address, not " + url + ".");
        }
        return url.getRawPath().isEmpty() ? url.resolve("/") : url;
    }
}
