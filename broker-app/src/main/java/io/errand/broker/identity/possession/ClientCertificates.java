package io.errand.broker.identity.possession;

import io.errand.broker.identity.possession.ProxyProperties.ClientCertificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/**
 * Which certificate the sender of a request holds the key of. Whoever ended its TLS connection has seen that: the service itself, or a
 * proxy that says so in a header. A proxy's word counts only if its address is configured; then it alone counts, since a certificate
 * of that connection would be the proxy's own.
 */
@Component
public class ClientCertificates {

    private final ProxyProperties proxy;

    ClientCertificates(ProxyProperties proxy) {
        this.proxy = proxy;
    }

    /** Whether there are proxies whose word counts. */
    public boolean comeByProxy() {
        return proxy.clientCertificate() != null;
    }

    public sealed interface Seen {}

    /** @param certificates the client's own first; empty: it showed none */
    public record Chain(List<X509Certificate> certificates) implements Seen {}

    /** A proxy's header that cannot be read: the client is to be refused, not to be taken for one without a certificate. */
    public record Unreadable(String sentence) implements Seen {}

    /**
     * Reads what is known of a request.
     *
     * @param remote the address of the connection
     * @param header the values of a header, by its name
     * @param ofTls what TLS has seen on this connection
     */
    public Seen of(String remote, Function<String, List<String>> header, List<X509Certificate> ofTls) {
        ClientCertificate configured = proxy.clientCertificate();
        if (configured == null || !proxy.isProxy(remote)) {
            return new Chain(ofTls);
        }
        String name = Objects.requireNonNull(configured.header());
        List<String> values =
                header.apply(name).stream().filter(value -> !value.isBlank()).toList();
        if (values.isEmpty()) {
            return new Chain(List.of());
        }
        if (values.size() > 1) {
            return new Unreadable("The proxy sent more than one header " + name + "; it must set it, not add to it.");
        }
        try {
            return new Chain(
                    switch (Objects.requireNonNull(configured.format())) {
                        case RFC9440 ->
                            ForwardedCertificate.structured(
                                    values.getFirst(), String.join(",", header.apply(name + "-Chain")));
                        case PEM -> ForwardedCertificate.escapedPem(values.getFirst());
                        case XFCC -> ForwardedCertificate.element(values.getFirst());
                    });
        } catch (ForwardedCertificate.Malformed e) {
            return new Unreadable("The proxy's header " + name + " is not one client certificate in the format that"
                    + " errand.proxy.client-certificate names: " + e.getMessage());
        }
    }
}
