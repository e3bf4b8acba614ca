package io.errand.broker.policy.pdp;

import io.errand.broker.shared.Names;
import io.errand.broker.shared.Secret;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * External decision points ({@code errand.policy.pdps.<name>.*}), which policy sets refer to by name.
 *
 * @param pdps by name
 */
@ConfigurationProperties("errand.policy")
public record DecisionPointProperties(@DefaultValue Map<String, Point> pdps) {

    private static final Duration LONGEST = Duration.ofSeconds(10);

    public DecisionPointProperties {
        pdps.forEach((name, point) -> {
            if (Names.check(name).isPresent()) {
                throw new IllegalArgumentException(
                        "errand.policy.pdps: '" + name + "' is no name: 1 to 63 of a-z, 0-9, '.', '_', '-'");
            }
            point.validate("errand.policy.pdps." + name);
        });
    }

    /**
     * Where one is.
     *
     * @param url its evaluation endpoint (AuthZEN 1.0), for example {@code https://pdp.example/access/v1/evaluation}
     * @param timeout until the whole answer is there; at most PT10S
     * @param token bearer token, from the environment; a file is better
     * @param tokenFile read again for each question
     */
    public record Point(
            @Nullable URI url,
            @DefaultValue("PT0.5S") Duration timeout,
            @Nullable Secret token,
            @Nullable Path tokenFile) {

        URI address() {
            if (url == null) {
                throw new IllegalStateException("validated at start");
            }
            return url;
        }

        Optional<Secret> bearer() {
            return tokenFile == null
                    ? Optional.ofNullable(token)
                    : Optional.of(Secret.read("token-file", tokenFile).strip());
        }

        private void validate(String key) {
            boolean web = url != null
                    && url.getHost() != null
                    && url.getUserInfo() == null
                    && ("https".equals(url.getScheme()) || "http".equals(url.getScheme()));
            require(web, key + ".url is the http(s) address of an evaluation endpoint");
            require(
                    timeout.isPositive() && timeout.compareTo(LONGEST) <= 0,
                    key + ".timeout is a duration of at most PT10S");
            require(token == null || tokenFile == null, "Set one of " + key + ".token and " + key + ".token-file");
            require(
                    tokenFile == null || Files.isReadable(tokenFile),
                    key + ".token-file names a file that cannot be read: " + tokenFile);
        }

        private static void require(boolean good, String sentence) {
            if (!good) {
                throw new IllegalArgumentException(sentence);
            }
        }
    }
}
