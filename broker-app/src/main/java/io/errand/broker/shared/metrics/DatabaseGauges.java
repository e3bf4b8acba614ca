package io.errand.broker.shared.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Gauges whose values are in the database. They are read in the background: a scrape asks no table, so it is answered as fast with a
 * million rows, and while the database does not answer. What could not be read is {@code NaN}.
 */
@Component
public class DatabaseGauges {

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseGauges.class);

    /** A reading that took so long is not made again before so many times as long have passed. */
    private static final int REST = 19;

    private final MeterRegistry registry;
    private final List<Reading> readings = new CopyOnWriteArrayList<>();
    private final AtomicBoolean busy = new AtomicBoolean();

    DatabaseGauges(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("errand.metrics.age", this, gauges -> gauges.age().toMillis() / 1000.0)
                .baseUnit("seconds")
                .description("Since the oldest of the readings of the database that the other gauges show")
                .register(registry);
    }

    /** One value of a gauge. */
    public record Sample(String gauge, Tags tags, double value) {}

    /** A gauge without labels. */
    public void single(String name, String description, Supplier<? extends Number> read) {
        several(
                Map.of(name, description),
                Tags.empty(),
                () -> List.of(new Sample(name, Tags.empty(), read.get().doubleValue())));
    }

    /**
     * Gauges that one look at the database gives.
     *
     * @param descriptions by the gauge's name
     * @param always the labels of a series that each of them has from the first, so that it is there before anything is counted
     * @param read all of their values; a series that it leaves out is 0 from then on
     */
    public void several(Map<String, String> descriptions, Tags always, Supplier<List<Sample>> read) {
        Reading reading = new Reading(descriptions, read);
        descriptions.keySet().forEach(name -> reading.value(name, always));
        readings.add(reading);
    }

    /** At a rate, so that it is on a thread of its own, and nothing that is slow delays it. */
    @Scheduled(fixedRateString = "${errand.metrics.interval:PT10S}", initialDelayString = "PT2S")
    void read() {
        if (busy.compareAndSet(false, true)) {
            try {
                readings.forEach(Reading::refresh);
            } finally {
                busy.set(false);
            }
        }
    }

    private Duration age() {
        long now = System.nanoTime();
        return Duration.ofNanos(
                readings.stream().mapToLong(one -> now - one.readAt).max().orElse(0));
    }

    private record Series(String gauge, Tags tags) {}

    private final class Reading {

        private final Map<String, String> descriptions;
        private final Supplier<List<Sample>> read;
        private final Map<Series, Value> values = new ConcurrentHashMap<>();
        private long notBefore = System.nanoTime();
        private volatile long readAt = System.nanoTime();

        Reading(Map<String, String> descriptions, Supplier<List<Sample>> read) {
            this.descriptions = descriptions;
            this.read = read;
        }

        void refresh() {
            long begun = System.nanoTime();
            if (begun - notBefore < 0) {
                return;
            }
            try {
                Set<Series> seen = new HashSet<>();
                for (Sample sample : read.get()) {
                    value(sample.gauge(), sample.tags()).now = sample.value();
                    seen.add(new Series(sample.gauge(), sample.tags()));
                }
                values.forEach((series, value) -> {
                    if (!seen.contains(series)) {
                        value.now = 0;
                    }
                });
                readAt = System.nanoTime();
            } catch (RuntimeException e) {
                values.values().forEach(value -> value.now = Double.NaN);
                LOG.warn("{} could not be read: {}", descriptions.keySet(), e.toString());
            }
            long ended = System.nanoTime();
            notBefore = ended + REST * (ended - begun);
        }

        Value value(String gauge, Tags tags) {
            return values.computeIfAbsent(new Series(gauge, tags), series -> {
                Value value = new Value();
                Gauge.builder(gauge, value, one -> one.now)
                        .tags(tags)
                        .description(descriptions.get(gauge))
                        .register(registry);
                return value;
            });
        }
    }

    private static final class Value {

        private volatile double now = Double.NaN;
    }
}
