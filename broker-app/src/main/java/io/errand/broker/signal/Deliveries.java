package io.errand.broker.signal;

import io.errand.broker.shared.Backoff;
import io.errand.broker.shared.metrics.DatabaseGauges;
import io.errand.broker.signal.Outbox.Notice;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Delivers what waits, each receiver in a thread of its own, so that a slow one holds up nobody else. It never gives up. */
@Component
class Deliveries {

    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
    private static final int BATCH = 10;

    private final Outbox outbox;
    private final SignalProperties settings;
    private final MeterRegistry registry;
    private final List<Line> lines = new ArrayList<>();

    Deliveries(
            Outbox outbox,
            SignalProperties settings,
            Destinations destinations,
            MeterRegistry registry,
            DatabaseGauges gauges) {
        this.outbox = outbox;
        this.settings = settings;
        this.registry = registry;
        settings.receivers()
                .forEach((name, receiver) ->
                        lines.add(new Line(name, destinations.of(name, receiver), new AtomicBoolean())));
        settings.receivers().keySet().forEach(name -> {
            deliveries(name, "delivered");
            deliveries(name, "failed");
        });
        gauges.single("errand.signal.waiting", "Notifications that wait for their receivers", outbox::waiting);
        gauges.single(
                "errand.signal.waiting.age.seconds",
                "How long the oldest notification that waits has waited",
                outbox::secondsOfOldest);
    }

    private record Line(String receiver, Destinations.Destination destination, AtomicBoolean busy) {}

    @Scheduled(fixedDelayString = "${errand.signal.poll-interval:PT1S}")
    void deliver() {
        for (Line line : lines) {
            if (line.busy().compareAndSet(false, true)) {
                Thread.ofVirtual().name("signal-" + line.receiver()).start(() -> drain(line));
            }
        }
    }

    private void drain(Line line) {
        try {
            List<Notice> claimed;
            do {
                // Long enough for all of them to time out one after the other.
                claimed = outbox.claim(line.receiver(), settings.timeout().multipliedBy(2L * BATCH), BATCH);
                claimed.forEach(notice -> attempt(line, notice));
            } while (claimed.size() == BATCH);
        } catch (RuntimeException e) {
            LOG.warn("The outbox for receiver {} could not be worked on", line.receiver(), e);
        } finally {
            line.busy().set(false);
        }
    }

    private void attempt(Line line, Notice notice) {
        String error = line.destination().send(notice);
        deliveries(line.receiver(), error.isEmpty() ? "delivered" : "failed").increment();
        if (error.isEmpty()) {
            outbox.delivered(notice.id());
            return;
        }
        LOG.warn("Receiver {} did not take notice {}: {}", line.receiver(), notice.id(), error);
        outbox.failed(notice.id(), error, backoff(notice.attempts()));
    }

    private Counter deliveries(String receiver, String outcome) {
        return registry.counter("errand.signal.deliveries", "receiver", receiver, "outcome", outcome);
    }

    /** 5 s, 10 s, 20 s … */
    private Duration backoff(int attempts) {
        return new Backoff(Duration.ofSeconds(5), settings.longestBackoff()).after(attempts);
    }
}
