package io.errand.broker.identity.possession;

import io.errand.broker.shared.outbound.Network;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The proxies that end TLS before this service, and how they say whose certificate their client showed ({@code errand.proxy.*}).
 *
 * @param trusted their addresses, as networks, for example {@code 10.1.2.0/24}: from any other address the header is not looked at
 * @param clientCertificate absent: certificates of clients are those of TLS connections to the service itself
 */
@ConfigurationProperties("errand.proxy")
record ProxyProperties(
        @DefaultValue List<String> trusted, @Nullable ClientCertificate clientCertificate) {

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

    ProxyProperties {
        trusted = List.copyOf(trusted);
        for (String network : trusted) {
            require(
                    isNetwork(network),
                    "errand.proxy.trusted has '" + network + "', which is no network such as 10.1.2.0/24");
            require(
                    !network.endsWith("/0"),
                    "errand.proxy.trusted has '" + network + "', which is everybody: name the proxies' own addresses");
        }
        require(
                clientCertificate == null || !trusted.isEmpty(),
                "errand.proxy.client-certificate needs errand.proxy.trusted: the addresses of the proxies that set the header");
    }

    /** How the header says it. */
    enum Format {

        /** The field {@code Client-Cert} of RFC 9440, with {@code Client-Cert-Chain} beside it. */
        RFC9440("Client-Cert"),

        /** A certificate or a chain in PEM, percent-encoded, as NGINX ({@code $ssl_client_escaped_cert}) and AWS load balancers have it. */
        PEM("ssl-client-cert"),

        /** Envoy's element with {@code Cert} or {@code Chain}, as Istio, Contour and others that are made of Envoy send it. */
        XFCC("X-Forwarded-Client-Cert");

        private final String usual;

        Format(String usual) {
            this.usual = usual;
        }
    }

    /**
     * How a proxy says whose certificate it was.
     *
     * @param format what the header's value is
     * @param header its name; absent: {@code Client-Cert}, {@code ssl-client-cert} or {@code X-Forwarded-Client-Cert} by format
     */
    record ClientCertificate(
            @Nullable Format format, @Nullable String header) {

        ClientCertificate {
            require(format != null, "errand.proxy.client-certificate.format must be rfc9440, pem or xfcc");
            require(
                    header == null || TOKEN.matcher(header).matches(),
                    "errand.proxy.client-certificate.header must be the name of a header");
            header = header == null ? Objects.requireNonNull(format).usual : header;
        }
    }

    /** Whether the connection is a proxy's. */
    boolean isProxy(String address) {
        try {
            InetAddress remote = InetAddress.ofLiteral(address);
            return trusted.stream().map(Network::parse).anyMatch(network -> network.contains(remote));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isNetwork(String text) {
        try {
            Network.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
