package io.errand.broker.signal;

import io.errand.broker.shared.Secret;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import io.errand.broker.shared.outbound.WebhookSignature;
import io.errand.broker.signal.Outbox.Notice;
import io.errand.broker.signal.SignalProperties.Receiver;
import io.errand.broker.signal.mail.Mailer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Where a receiver's notices go, and in what shape. */
@Component
class Destinations {

    private final Outbound outbound;
    private final Mailer mailer;
    private final SignalProperties settings;
    private final Clock clock;

    Destinations(Outbound outbound, Mailer mailer, SignalProperties settings, Clock clock) {
        this.outbound = outbound;
        this.mailer = mailer;
        this.settings = settings;
        this.clock = clock;
    }

    /** One receiver's. */
    interface Destination {

        /** Empty: it was taken. Otherwise why not, without secrets. */
        String send(Notice notice);
    }

    /** @throws IllegalArgumentException with the setting's name, where a setting is wrong */
    Destination of(String name, Receiver receiver) {
        String key = "errand.signal.receivers." + name;
        return switch (receiver.format()) {
            case WEBHOOK -> webhook(key, receiver);
            case SLACK -> slack(key, receiver);
            case MAIL -> mail(key, receiver);
        };
    }

    private Destination webhook(String key, Receiver receiver) {
        URI url = URI.create(Objects.requireNonNull(receiver.url()));
        outbound.check(key + ".url", url);
        WebhookSignature signature =
                WebhookSignature.read(key + ".secret-file", Objects.requireNonNull(receiver.secretFile()));
        return notice -> {
            long timestamp = clock.instant().getEpochSecond();
            String id = notice.id().toString();
            Map<String, String> headers = Map.of(
                    "webhook-id", id,
                    "webhook-timestamp", Long.toString(timestamp),
                    "webhook-signature", signature.of(id, timestamp, notice.payload()));
            return post(url, headers, notice.payload());
        };
    }

    /** Its URL is all that whoever writes there shows, so it stands in no log. */
    private Destination slack(String key, Receiver receiver) {
        String url = Secret.read(key + ".url-file", Objects.requireNonNull(receiver.urlFile()))
                .strip()
                .reveal();
        if (!SignalProperties.isAllowed(url)) {
            throw new IllegalArgumentException(key + ".url-file must hold an https URL (http on a loopback address)");
        }
        URI address = URI.create(url);
        outbound.check(key + ".url-file", address);
        return notice -> post(address, Map.of(), SlackMessage.of(notice.payload()));
    }

    private String post(URI url, Map<String, String> headers, String body) {
        byte[] payload = body.getBytes(StandardCharsets.UTF_8);
        return switch (outbound.send(new Outbound.Request(url, headers, payload, 0), settings.timeout())) {
            case Reply.Answered(int status, String type, byte[] answer) -> status / 100 == 2 ? "" : "status " + status;
            case Reply.TimedOut() -> "no answer in time";
            case Reply.Failed(String cause) -> cause;
        };
    }

    private Destination mail(String key, Receiver receiver) {
        if (!mailer.isConfigured()) {
            throw new IllegalArgumentException(key + " is of the format mail, which needs errand.mail.host");
        }
        return notice -> {
            NoticeText text = NoticeText.of(notice.payload());
            List<String> to = Optional.of(text)
                    .filter(one -> receiver.toOwner())
                    .flatMap(NoticeText::owner)
                    .flatMap(mailer::owner)
                    .map(List::of)
                    .orElse(receiver.to());
            return mailer.send(
                    new Mailer.Mail(notice.id(), to, text.title(), String.join("\n", text.lines()) + "\n"),
                    clock.instant(),
                    settings.timeout());
        };
    }
}
