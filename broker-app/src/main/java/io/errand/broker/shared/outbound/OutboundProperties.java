package io.errand.broker.shared.outbound;

import io.errand.api.CaFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the service may be sent by an address that somebody names: keys of issuers, webhooks, decision points.
 *
 * @param privateNetworks of the loopback, link-local, private and other special networks, those that may be connected to, for
 *     example {@code 10.0.0.0/8}; none by default
 * @param caFile certificates (PEM) of authorities that are trusted beside those of the JDK, for issuers and others behind a private
 *     one; read again when it changes
 */
@ConfigurationProperties("errand.outbound")
public record OutboundProperties(
        @DefaultValue List<String> privateNetworks,
        @Nullable Path caFile) {

    static final String KEY = "errand.outbound.private-networks";
    static final String CA_FILE = "errand.outbound.ca-file";

    public OutboundProperties {
        for (String network : privateNetworks) {
            try {
                Network.parse(network);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        KEY + " has '" + network + "', which is no network such as 10.0.0.0/8 or fd00::/8", e);
            }
        }
        if (caFile != null) {
            try {
                CaFile.besideTheJdks(CaFile.read(caFile));
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalArgumentException(
                        CA_FILE + " must name a readable file with certificates in PEM: " + caFile, e);
            }
        }
    }

    boolean allows(InetAddress address) {
        return Reach.kind(address).isEmpty()
                || privateNetworks.stream().map(Network::parse).anyMatch(network -> network.contains(address));
    }
}
