package io.errand.broker.shared.outbound;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Where names lead, as far as connections may go there. What this answers is what is connected to, so a name that leads elsewhere a
 * moment later (DNS rebinding) gains nothing.
 */
final class Addresses implements DnsResolver {

    private final OutboundProperties settings;
    private final Resolver resolver;

    Addresses(OutboundProperties settings, Resolver resolver) {
        this.settings = settings;
        this.resolver = resolver;
    }

    /** What names lead to now. */
    interface Resolver {
        InetAddress[] all(String host) throws UnknownHostException;
    }

    /** None of a name's addresses may be connected to. */
    static final class Forbidden extends UnknownHostException {

        private static final long serialVersionUID = 1;

        Forbidden(String sentence) {
            super(sentence);
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] all = resolver.all(host);
        InetAddress[] allowed = Arrays.stream(all).filter(settings::allows).toArray(InetAddress[]::new);
        if (allowed.length == 0) {
            throw new Forbidden(sentence(host, all[0]));
        }
        return allowed;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    /** Why an address that needs no resolver may not be named; empty: it may, or only a resolver knows. */
    Optional<String> problem(URI uri) {
        String host = uri.getHost();
        if (host == null) {
            return Optional.empty();
        }
        try {
            InetAddress literal = host.equalsIgnoreCase("localhost")
                    ? InetAddress.getLoopbackAddress()
                    : InetAddress.ofLiteral(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
            return settings.allows(literal) ? Optional.empty() : Optional.of(sentence(host, literal));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String sentence(String host, InetAddress address) {
        return host + " is at " + address.getHostAddress() + ", a "
                + Reach.kind(address).orElse("public") + " address; " + OutboundProperties.KEY
                + " names the networks of this kind that may be asked";
    }
}
