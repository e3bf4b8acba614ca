package io.errand.broker.signal.receiver;

import io.errand.broker.identity.jwt.IdentityTokens;
import io.errand.broker.shared.Names;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whose security events are believed, and about whom.
 *
 * @param transmitters by a name of our own, which is the last part of the address that the transmitter pushes to
 */
@ConfigurationProperties("errand.signal")
record TransmitterProperties(@DefaultValue Map<String, Transmitter> transmitters) {

    static final String KEY = "errand.signal.transmitters.";

    private static final Duration LONGEST = Duration.ofDays(31);

    /**
     * One of them.
     *
     * @param issuer exactly what its tokens say in {@code iss}
     * @param jwksUri where its keys are: https, or http on this machine; absent: the OpenID discovery document of its issuer says
     * @param audience that its tokens must name; absent: the address that it pushes to
     * @param issuers registered issuers, by their names, about whose people and workloads it may speak
     * @param algorithms that its tokens may be signed by
     * @param tokenFile a file with the bearer token that it sends beside; absent: its signature alone says who it is
     * @param risk what its events about a risk count for
     * @param longestAge of its tokens. An older one is refused, since it is not remembered any more whether it came before
     */
    record Transmitter(
            @Nullable String issuer,
            @Nullable URI jwksUri,
            @Nullable String audience,
            @DefaultValue List<String> issuers,
            @DefaultValue({"RS256", "ES256"}) List<String> algorithms,
            @Nullable Path tokenFile,
            @DefaultValue Risk risk,
            @DefaultValue("P7D") Duration longestAge) {

        private void check(String key) {
            require(issuer != null && !issuer.isBlank(), key + ".issuer is what the transmitter's tokens say in iss");
            require(
                    jwksUri == null || isAddress(jwksUri),
                    key + ".jwks-uri is an https URL (http on a loopback address)");
            require(jwksUri != null || isAddress(issuer), key + ".jwks-uri is needed where the issuer is no URL");
            require(
                    audience == null || !audience.isBlank(),
                    key + ".audience is what the transmitter's tokens say in aud");
            require(!issuers.isEmpty(), key + ".issuers names the registered issuers that it may speak about");
            require(
                    !algorithms.isEmpty() && IdentityTokens.ALGORITHMS.containsAll(algorithms),
                    key + ".algorithms are some of " + IdentityTokens.ALGORITHMS);
            require(tokenFile == null || Files.isReadable(tokenFile), key + ".token-file cannot be read: " + tokenFile);
            require(
                    longestAge.toSeconds() >= 60 && longestAge.compareTo(LONGEST) <= 0,
                    key + ".longest-age is PT1M to P31D");
            risk.check(key + ".risk");
        }
    }

    /**
     * On top of what a request is held to be worth without it, 1 to 100 each.
     *
     * @param medium a person's or a workload's risk is {@code MEDIUM} now
     * @param high it is {@code HIGH}
     * @param compromised a credential of theirs is known to others
     * @param lasts how long it counts, unless the transmitter says something else before; at most P30D
     */
    record Risk(
            @DefaultValue("30") int medium,
            @DefaultValue("60") int high,
            @DefaultValue("80") int compromised,
            @DefaultValue("PT1H") Duration lasts) {

        private void check(String key) {
            for (int points : new int[] {medium, high, compromised}) {
                require(points >= 1 && points <= 100, key + ".medium, high and compromised are 1 to 100");
            }
            require(
                    lasts.toSeconds() >= 1 && lasts.compareTo(Duration.ofDays(30)) <= 0,
                    key + ".lasts is PT1S to P30D");
        }
    }

    TransmitterProperties {
        transmitters.forEach((name, transmitter) -> {
            require(
                    Names.check(name).isEmpty(),
                    "errand.signal.transmitters: '" + name + "' is no name. " + Names.RULE);
            transmitter.check(KEY + name);
        });
    }

    private static boolean isAddress(@Nullable String text) {
        try {
            return text != null && isAddress(URI.create(text));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isAddress(URI uri) {
        return uri.getHost() != null
                && uri.getRawUserInfo() == null
                && ("https".equals(uri.getScheme())
                        || ("http".equals(uri.getScheme())
                                && (uri.getHost().equals("localhost")
                                        || uri.getHost().matches("127\\.[0-9.]+|\\[::1]"))));
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
