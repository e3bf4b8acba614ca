package io.errand.broker.signal.transmitter;

import io.errand.api.Json;
import io.errand.broker.audit.LogReader;
import io.errand.broker.audit.LogReader.Next;
import io.errand.broker.audit.LogReader.Position;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Reads what is new in the audit log for each stream, and writes down what its receiver is to be told, with how far it has read, in
 * one transaction: each event once. A stream for which much waits already reads on when its receiver has taken some.
 */
@Component
class StreamFollower {

    private static final Logger LOG = LoggerFactory.getLogger(StreamFollower.class);

    /** Of the log in one go, so that one stream does not keep the others waiting. */
    private static final int MOST_PORTIONS = 64;

    private final LogReader log;
    private final EventStreams streams;
    private final EventQueue queue;
    private final EventsOfEntries events;
    private final TransactionTemplate transaction;

    StreamFollower(
            LogReader log,
            EventStreams streams,
            EventQueue queue,
            EventsOfEntries events,
            PlatformTransactionManager transactions) {
        this.log = log;
        this.streams = streams;
        this.queue = queue;
        this.events = events;
        this.transaction = new TransactionTemplate(transactions);
    }

    @Scheduled(fixedDelayString = "PT0.5S")
    void follow() {
        for (UUID stream : streams.behind(log.end())) {
            try {
                int portions = 0;
                while (Boolean.TRUE.equals(transaction.execute(status -> portion(stream)))
                        && ++portions < MOST_PORTIONS) {
                    // The next one is a transaction of its own.
                }
            } catch (RuntimeException e) {
                LOG.warn("The stream of security events {} could not be worked on: {}", stream, e.toString());
            }
        }
    }

    /** @return whether there may be more */
    private boolean portion(UUID id) {
        Optional<EventStream> held = streams.hold(id);
        if (held.isEmpty() || queue.isFull(id)) {
            return false;
        }
        EventStream stream = held.get();
        Position at = stream.position();
        Next next = log.after(at);
        if (next.missed() > 0) {
            LOG.error(
                    "The stream of security events {} has missed {} entries, which are not kept any more",
                    id,
                    next.missed());
        }
        List<Map<String, Object>> told = next.lines().stream()
                .map(line -> Json.mapper().readTree(line))
                .flatMap(entry -> events.of(entry).stream())
                .filter(event -> stream.events().contains(event.type()))
                .map(EventsOfEntries.SecurityEvent::claims)
                .toList();
        queue.add(id, told);
        if (!next.next().equals(at)) {
            streams.moved(id, next.next(), next.missed());
        }
        return !next.next().equals(at);
    }
}
