package io.errand.broker.stream;

import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import io.errand.broker.shared.outbound.WebhookSignature;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * An address that takes a JSON array of entries, signed as standard-webhooks has it. The same entries have the same {@code webhook-id}:
 * that of the first and the last of them.
 */
record WebhookReceiver(Outbound outbound, URI url, WebhookSignature signature, Clock clock) implements StreamReceiver {

    static final Duration TIMEOUT = Duration.ofSeconds(10);

    @Override
    public void take(List<Entry> entries) throws NotTaken {
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            array.write(array.size() == 0 ? '[' : ',');
            array.writeBytes(entry.sent());
        }
        array.write(']');
        String body = array.toString(StandardCharsets.UTF_8);
        String id = entries.getFirst().id() + "-" + entries.getLast().id();
        long timestamp = clock.instant().getEpochSecond();
        Map<String, String> headers = Map.of(
                "webhook-id", id,
                "webhook-timestamp", Long.toString(timestamp),
                "webhook-signature", signature.of(id, timestamp, body));
        answered(outbound.send(new Outbound.Request(url, headers, array.toByteArray(), 0), TIMEOUT));
    }

    /** @return the body of an answer of 2xx */
    static byte[] answered(Reply reply) throws NotTaken {
        return switch (reply) {
            case Reply.Answered(int status, String type, byte[] body) when status / 100 == 2 -> body;
            case Reply.Answered(int status, String type, byte[] body) -> throw new NotTaken("it answers " + status);
            case Reply.TimedOut() -> throw new NotTaken("no answer within " + TIMEOUT.toSeconds() + " s");
            case Reply.Failed(String cause) -> throw new NotTaken(cause);
        };
    }
}
