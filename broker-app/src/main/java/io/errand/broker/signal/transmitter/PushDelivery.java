package io.errand.broker.signal.transmitter;

import io.errand.broker.shared.metrics.DatabaseGauges;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import io.errand.broker.signal.transmitter.EventQueue.Waiting;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Pushes what waits (RFC 8935), one token a request and in their order, each stream in a thread of its own, so that a slow receiver
 * holds up nobody else. What is not taken is sent again; it never gives up.
 */
@Component
class PushDelivery {

    private static final Logger LOG = LoggerFactory.getLogger(PushDelivery.class);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** Longer than one request takes, so that nobody else sends meanwhile. */
    private static final Duration HOLD = Duration.ofSeconds(60);

    private static final int BATCH = 20;

    private final EventStreams streams;
    private final EventQueue queue;
    private final SignedEvents tokens;
    private final Outbound outbound;
    private final UUID holder = UUID.randomUUID();
    private final Set<UUID> busy = ConcurrentHashMap.newKeySet();
    private final Counter delivered;
    private final Counter failed;

    PushDelivery(
            EventStreams streams,
            EventQueue queue,
            SignedEvents tokens,
            Outbound outbound,
            MeterRegistry registry,
            DatabaseGauges gauges) {
        this.streams = streams;
        this.queue = queue;
        this.tokens = tokens;
        this.outbound = outbound;
        this.delivered = registry.counter("errand.security.events.pushed", "outcome", "delivered");
        this.failed = registry.counter("errand.security.events.pushed", "outcome", "failed");
        gauges.single(
                "errand.security.events.waiting", "Security events that wait for their receivers", queue::waiting);
        gauges.single(
                "errand.security.events.waiting.age.seconds",
                "How long the oldest security event has waited whose stream is enabled",
                queue::secondsOfOldest);
    }

    @Scheduled(fixedDelayString = "PT0.5S")
    void push() {
        for (UUID stream : streams.due()) {
            if (busy.add(stream)) {
                Thread.ofVirtual().name("security-events-" + stream).start(() -> drain(stream));
            }
        }
    }

    private void drain(UUID stream) {
        try {
            if (streams.claim(stream, holder, HOLD).isPresent()) {
                streams.release(stream, holder, drained(stream).orElse(null));
            }
        } catch (RuntimeException e) {
            LOG.warn("The stream of security events {} could not be worked on: {}", stream, e.toString());
        } finally {
            busy.remove(stream);
        }
    }

    /** What went wrong; empty: all was sent, or it is another one's turn. */
    private Optional<String> drained(UUID stream) {
        while (true) {
            List<Waiting> events = queue.next(stream, BATCH);
            for (Waiting event : events) {
                // Each time, since the receiver may have changed the address, or paused the stream.
                Optional<EventStream> turn = streams.claim(stream, holder, HOLD);
                if (turn.isEmpty()) {
                    return Optional.empty();
                }
                Optional<String> error = sent(turn.get(), event);
                if (error.isPresent()) {
                    failed.increment();
                    LOG.warn("The stream of security events {} waits: {}", stream, error.get());
                    return error;
                }
                delivered.increment();
                queue.taken(stream, List.of(event.jti()));
            }
            if (events.size() < BATCH) {
                return Optional.empty();
            }
        }
    }

    private Optional<String> sent(EventStream stream, Waiting event) {
        byte[] token = tokens.sign(stream.id(), event).getBytes(StandardCharsets.US_ASCII);
        Map<String, String> headers = Map.of("Content-Type", "application/secevent+jwt", "Accept", "application/json");
        URI endpoint = URI.create(Objects.requireNonNull(stream.endpoint()));
        return switch (outbound.send(new Outbound.Request(endpoint, headers, token, 0), TIMEOUT)) {
            case Reply.Answered(int status, String type, byte[] body) ->
                status / 100 == 2 ? Optional.empty() : Optional.of("it answers " + status);
            case Reply.TimedOut() -> Optional.of("no answer within " + TIMEOUT.toSeconds() + " s");
            case Reply.Failed(String cause) -> Optional.of(cause);
        };
    }
}
