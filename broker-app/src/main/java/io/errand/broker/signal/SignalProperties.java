package io.errand.broker.signal;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who is told.
 *
 * @param receivers by a name of our own
 * @param pollInterval how often the outbox is looked at
 * @param timeout for an answer; after twenty times as long another replica may try the same delivery
 * @param longestBackoff between two tries
 */
@ConfigurationProperties("errand.signal")
record SignalProperties(
        @DefaultValue Map<String, Receiver> receivers,
        @DefaultValue("PT1S") Duration pollInterval,
        @DefaultValue("PT10S") Duration timeout,
        @DefaultValue("PT1H") Duration longestBackoff) {

    /**
     * One receiver.
     *
     * @param url https, or http on this machine
     * @param secretFile a file with {@code whsec_} and the base64 of 24 to 64 bytes
     * @param events which types; absent: all
     */
    record Receiver(
            @Nullable String url,
            @Nullable Path secretFile,
            @Nullable List<String> events) {

        boolean wants(String type) {
            return events == null || events.contains(type);
        }
    }

    SignalProperties {
        receivers.forEach(SignalProperties::check);
        if (pollInterval.toMillis() < 10 || timeout.toSeconds() < 1 || longestBackoff.toSeconds() < 1) {
            throw new IllegalArgumentException(
                    "errand.signal.poll-interval is at least PT0.01S, timeout and longest-backoff at least PT1S");
        }
    }

    private static void check(String name, Receiver receiver) {
        String key = "errand.signal.receivers." + name;
        if (receiver.url() == null || !isAllowed(receiver.url())) {
            throw new IllegalArgumentException(key + ".url must be an https URL (http on a loopback address)");
        }
        if (receiver.secretFile() == null) {
            throw new IllegalArgumentException(key + ".secret-file must name a file with a whsec_ secret");
        }
        if (receiver.events() != null && !WebhookEvents.TYPES.containsAll(receiver.events())) {
            throw new IllegalArgumentException(key + ".events are some of "
                    + String.join(", ", WebhookEvents.TYPES.stream().sorted().toList()));
        }
    }

    private static boolean isAllowed(String url) {
        try {
            URI uri = URI.create(url);
            return uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && ("https".equals(uri.getScheme())
                            || ("http".equals(uri.getScheme()) && isLoopback(uri.getHost())));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
