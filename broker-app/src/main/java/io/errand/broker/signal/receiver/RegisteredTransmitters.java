package io.errand.broker.signal.receiver;

import io.errand.broker.identity.SecurityEventTokens;
import io.errand.broker.identity.SecurityEventTokens.Verifier;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Secret;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.signal.receiver.TransmitterProperties.Transmitter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The transmitters of the configuration, each with the keys that its tokens are verified by. */
@Component
class RegisteredTransmitters {

    private static final Logger LOG = LoggerFactory.getLogger(RegisteredTransmitters.class);

    private final Map<String, Registered> byName = new TreeMap<>();

    RegisteredTransmitters(
            TransmitterProperties settings, SecurityEventTokens tokens, ErrandProperties errand, Outbound outbound) {
        settings.transmitters().forEach((name, transmitter) -> {
            String issuer = Objects.requireNonNull(transmitter.issuer());
            URI jwks = transmitter.jwksUri();
            outbound.check(
                    TransmitterProperties.KEY + name + (jwks == null ? ".issuer" : ".jwks-uri"),
                    jwks == null ? URI.create(issuer) : jwks);
            byName.put(
                    name,
                    new Registered(
                            name,
                            transmitter.issuers(),
                            tokens.of(new SecurityEventTokens.Transmitter(
                                    name,
                                    issuer,
                                    jwks == null ? null : jwks.toString(),
                                    audience(errand, name, transmitter),
                                    transmitter.algorithms(),
                                    transmitter.longestAge())),
                            transmitter.tokenFile(),
                            transmitter.risk()));
        });
    }

    private static String audience(ErrandProperties errand, String name, Transmitter transmitter) {
        return Objects.requireNonNullElse(transmitter.audience(), errand.issuer() + PushEndpoint.PATH + "/" + name);
    }

    /**
     * One of them.
     *
     * @param issuers about whose people and workloads it may speak, by their names
     * @param tokenFile with what it sends beside its tokens; null: nothing is asked for
     * @param risk what its events about a risk count for
     */
    record Registered(
            String name,
            List<String> issuers,
            Verifier verifier,
            @Nullable Path tokenFile,
            TransmitterProperties.Risk risk) {

        /** As the audit log has it. */
        String who() {
            return "transmitter:" + name;
        }

        /**
         * Whether it is who it says, as far as that is asked for. A file that cannot be read is shown by nobody.
         *
         * @param authorization the header; null: it sent none
         */
        boolean isShownBy(@Nullable String authorization) {
            if (tokenFile == null) {
                return true;
            }
            try {
                Secret token = Secret.read(TransmitterProperties.KEY + name + ".token-file", tokenFile)
                        .strip();
                return authorization != null
                        && new Secret("Bearer " + token.reveal()).equals(new Secret(authorization));
            } catch (UncheckedIOException e) {
                LOG.error("The token of transmitter {} cannot be read: {}", name, e.getMessage());
                return false;
            }
        }
    }

    Optional<Registered> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    List<Registered> all() {
        return List.copyOf(byName.values());
    }
}
