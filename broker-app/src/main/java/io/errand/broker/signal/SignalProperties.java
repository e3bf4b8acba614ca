package io.errand.broker.signal;

import io.errand.broker.signal.mail.Mailer;
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
     * @param format {@code webhook} is signed JSON (standard-webhooks), {@code slack} a message for people as Slack's incoming webhooks take
     *     it, {@code mail} one by {@code errand.mail}
     * @param url of a webhook: https, or http on this machine
     * @param urlFile of Slack's, which is a secret: a file with it
     * @param secretFile of a webhook: a file with {@code whsec_} and the base64 of 24 to 64 bytes
     * @param to of mail: addresses
     * @param toOwner of mail: whether an owner whose name is an address of {@code errand.mail.owner-domains} is written to instead
     * @param events which types; absent: all
     */
    record Receiver(
            @DefaultValue("webhook") Format format,
            @Nullable String url,
            @Nullable Path urlFile,
            @Nullable Path secretFile,
            @DefaultValue List<String> to,
            @DefaultValue("false") boolean toOwner,
            @Nullable List<String> events) {

        boolean wants(String type) {
            return events == null || events.contains(type);
        }
    }

    /** In what shape one is told. */
    enum Format {
        WEBHOOK,
        SLACK,
        MAIL
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
        switch (receiver.format()) {
            case WEBHOOK -> {
                require(
                        receiver.url() != null && isAllowed(receiver.url()),
                        key + ".url must be an https URL (http on a loopback address)");
                require(receiver.secretFile() != null, key + ".secret-file must name a file with a whsec_ secret");
            }
            case SLACK -> {
                require(receiver.urlFile() != null, key + ".url-file must name a file with the webhook's URL");
                require(
                        receiver.url() == null && receiver.secretFile() == null,
                        key + " of the format slack has a url-file, and neither url nor secret-file");
            }
            case MAIL ->
                require(
                        !receiver.to().isEmpty() && receiver.to().stream().allMatch(Mailer::isAddress),
                        key + ".to are addresses, such as ops@example.com");
        }
        if (receiver.events() != null && !WebhookEvents.TYPES.containsAll(receiver.events())) {
            throw new IllegalArgumentException(key + ".events are some of "
                    + String.join(", ", WebhookEvents.TYPES.stream().sorted().toList()));
        }
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }

    static boolean isAllowed(String url) {
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
