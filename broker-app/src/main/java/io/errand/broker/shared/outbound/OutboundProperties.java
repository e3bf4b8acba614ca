package io.errand.broker.shared.outbound;

import java.net.InetAddress;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the service may be sent by an address that somebody names: keys of issuers, webhooks, decision points.
 *
 * @param privateNetworks of the loopback, link-local, private and other special networks, those that may be connected to, for
 *     example {@code 10.0.0.0/8}; none by default
 */
@ConfigurationProperties("errand.outbound")
public record OutboundProperties(@DefaultValue List<String> privateNetworks) {

    static final String KEY = "errand.outbound.private-networks";

    public OutboundProperties {
        for (String network : privateNetworks) {
            try {
                Network.parse(network);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        KEY + " has '" + network + "', which is no network such as 10.0.0.0/8 or fd00::/8", e);
            }
        }
    }

    boolean allows(InetAddress address) {
        return Reach.kind(address).isEmpty()
                || privateNetworks.stream().map(Network::parse).anyMatch(network -> network.contains(address));
    }
}
