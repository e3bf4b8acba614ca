package io.errand.broker.credential.http;

import io.errand.broker.shared.Names;
import io.errand.broker.shared.outbound.ClientCertificate;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The services that tools of the backend {@code http} are bound to. They are configured with the service, never by its API.
 *
 * @param httpTargets {@code errand.http-targets}, by name
 */
@ConfigurationProperties("errand")
record HttpTargetProperties(@DefaultValue Map<String, HttpTarget> httpTargets) {

    private static final Duration LONGEST = Duration.ofSeconds(20);

    HttpTargetProperties {
        httpTargets.forEach((name, target) -> {
            if (Names.check(name).isPresent()) {
                throw new IllegalArgumentException(
                        "errand.http-targets: '" + name + "' is no name: 1 to 63 of a-z, 0-9, '.', '_', '-'");
            }
            target.validate("errand.http-targets." + name);
        });
        httpTargets = Map.copyOf(httpTargets);
    }

    /**
     * One service.
     *
     * @param url its base address without a trailing slash, also the audience of the calls' assertions; {@code https} except on
     *     loopback
     * @param timeout until a whole answer is there; at most PT20S
     * @param certificateFile PEM: the certificate that the service is shown in TLS, the own one first, beside the assertion; read
     *     again when it changes
     * @param keyFile PEM, unencrypted: the key of that certificate; read again when it changes
     */
    record HttpTarget(
            @Nullable URI url,
            @DefaultValue("PT5S") Duration timeout,
            @Nullable Path certificateFile,
            @Nullable Path keyFile) {

        URI address() {
            if (url == null) {
                throw new IllegalStateException("validated at start");
            }
            return url;
        }

        Optional<ClientCertificate> certificate() {
            return certificateFile == null || keyFile == null
                    ? Optional.empty()
                    : Optional.of(new ClientCertificate(certificateFile, keyFile));
        }

        private void validate(String key) {
            boolean web = url != null
                    && url.getHost() != null
                    && url.getUserInfo() == null
                    && url.getQuery() == null
                    && url.getFragment() == null
                    && !url.toString().endsWith("/")
                    && ("https".equals(url.getScheme())
                            || ("http".equals(url.getScheme()) && isLoopback(url.getHost())));
            if (!web) {
                throw new IllegalArgumentException(
                        key + ".url is the https address of a service, without query, fragment or trailing slash"
                                + " (http on loopback alone)");
            }
            if ((certificateFile == null) != (keyFile == null)) {
                throw new IllegalArgumentException(key + ".certificate-file and key-file go together");
            }
            if (certificateFile != null
                    && !"https".equals(Objects.requireNonNull(url).getScheme())) {
                throw new IllegalArgumentException(key + ".url must be https, or nobody sees its certificate-file");
            }
            certificate().ifPresent(files -> {
                try {
                    files.read();
                } catch (IOException e) {
                    throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
                }
            });
            if (!timeout.isPositive() || timeout.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(key + ".timeout is a duration of at most PT20S");
            }
        }

        private static boolean isLoopback(String host) {
            return host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
        }
    }
}
