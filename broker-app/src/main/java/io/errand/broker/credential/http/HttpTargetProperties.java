package io.errand.broker.credential.http;

import io.errand.broker.shared.Names;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
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
     */
    record HttpTarget(
            @Nullable URI url, @DefaultValue("PT5S") Duration timeout) {

        URI address() {
            if (url == null) {
                throw new IllegalStateException("validated at start");
            }
            return url;
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
            if (!timeout.isPositive() || timeout.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(key + ".timeout is a duration of at most PT20S");
            }
        }

        private static boolean isLoopback(String host) {
            return host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
        }
    }
}
