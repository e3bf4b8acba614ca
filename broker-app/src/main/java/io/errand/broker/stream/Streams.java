package io.errand.broker.stream;

import io.errand.broker.audit.LogReader;
import io.errand.broker.audit.LogReader.Next;
import io.errand.broker.audit.LogReader.Position;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.metrics.DatabaseGauges;
import io.errand.broker.shared.metrics.DatabaseGauges.Sample;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.WebhookSignature;
import io.errand.broker.stream.StreamCursors.State;
import io.errand.broker.stream.StreamProperties.From;
import io.errand.broker.stream.StreamProperties.Stream;
import io.errand.broker.stream.StreamReceiver.NotTaken;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Sends on what the log has, each stream in a thread of its own, so that a slow one holds up nobody else. It never gives up. */
@Component
class Streams {

    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

    static final String WAITING = "errand.audit.stream.waiting";
    static final String AGE = "errand.audit.stream.waiting.age.seconds";

    /** Longer than any receiver may take for a batch, so that nobody else sends meanwhile. */
    private static final Duration HOLD = Duration.ofSeconds(60);

    /** Of what is sent at once, unless one entry has more. */
    private static final int BATCH_BYTES = 1 << 20;

    private final LogReader log;
    private final StreamCursors cursors;
    private final UUID holder = UUID.randomUUID();
    private final List<Line> lines = new ArrayList<>();

    Streams(
            LogReader log,
            StreamCursors cursors,
            StreamProperties settings,
            ErrandProperties errand,
            Outbound outbound,
            Clock clock,
            MeterRegistry registry,
            DatabaseGauges gauges) {
        this.log = log;
        this.cursors = cursors;
        String version =
                Objects.requireNonNullElse(Streams.class.getPackage().getImplementationVersion(), "development");
        String host = Objects.requireNonNull(URI.create(errand.issuer()).getHost());
        settings.streams().forEach((name, stream) -> {
            EventFormat format = EventFormat.of(stream.format(), version);
            lines.add(new Line(
                    name,
                    stream.from(),
                    format,
                    receiver(name, stream, format, outbound, clock, host, version),
                    new AtomicBoolean(),
                    entries(registry, name)));
            gauges.several(
                    Map.of(
                            WAITING, "Entries of the audit log that a stream has not sent yet",
                            AGE, "How long the oldest entry that a stream has not sent yet has waited"),
                    Tags.of("stream", name),
                    () -> waiting(name));
        });
    }

    /** @param busy whether a thread of this replica is at it */
    private record Line(
            String name, From from, EventFormat format, StreamReceiver receiver, AtomicBoolean busy, Counter sent) {}

    private static Counter entries(MeterRegistry registry, String name) {
        return Counter.builder("errand.audit.stream.entries")
                .description("Entries of the audit log that a receiver has taken")
                .tags("stream", name)
                .register(registry);
    }

    private static StreamReceiver receiver(
            String name,
            Stream stream,
            EventFormat format,
            Outbound outbound,
            Clock clock,
            String host,
            String version) {
        String key = StreamProperties.KEY + name;
        if (stream.url() != null) {
            outbound.check(key + ".url", stream.url());
        }
        return switch (Objects.requireNonNull(stream.kind())) {
            case SYSLOG ->
                new SyslogReceiver(
                        Objects.requireNonNull(stream.address()),
                        stream.caFile(),
                        stream.maxBytes(),
                        format,
                        host,
                        version);
            case OTLP ->
                new OtlpReceiver(outbound, name, Objects.requireNonNull(stream.url()), stream.tokenFile(), version);
            case FILE -> new FileReceiver(Objects.requireNonNull(stream.file()));
            case WEBHOOK ->
                new WebhookReceiver(
                        outbound,
                        Objects.requireNonNull(stream.url()),
                        WebhookSignature.read(key + ".secret-file", Objects.requireNonNull(stream.secretFile())),
                        clock);
        };
    }

    private List<Sample> waiting(String name) {
        Tags tags = Tags.of("stream", name);
        LogReader.Lag lag =
                cursors.find(name).map(state -> log.lag(state.position())).orElse(new LogReader.Lag(0, 0));
        return List.of(new Sample(WAITING, tags, lag.entries()), new Sample(AGE, tags, lag.seconds()));
    }

    @Scheduled(fixedDelayString = "PT0.5S")
    void send() {
        for (Line line : lines) {
            if (line.busy().compareAndSet(false, true)) {
                Thread.ofVirtual().name("stream-" + line.name()).start(() -> drain(line));
            }
        }
    }

    private void drain(Line line) {
        try {
            Optional<State> state = cursors.find(line.name());
            if (state.isEmpty()) {
                cursors.begin(line.name(), line.from() == From.BEGINNING ? log.beginning() : log.end());
            } else if (log.lag(state.get().position()).entries() == 0) {
                return; // nothing is written where there is nothing to send
            }
            Optional<Position> turn = cursors.claim(line.name(), holder, HOLD);
            if (turn.isPresent()) {
                cursors.release(line.name(), holder, drained(line, turn.get()).orElse(null));
            }
        } catch (RuntimeException e) {
            LOG.warn("Stream {} could not be worked on: {}", line.name(), e.toString());
        } finally {
            line.busy().set(false);
        }
    }

    /** What went wrong; empty: all was sent, or it is another one's turn. */
    private Optional<String> drained(Line line, Position begin) {
        Position at = begin;
        while (true) {
            Next next = log.after(at);
            if (next.missed() > 0) {
                LOG.error("Stream {} has missed {} entries, which are not kept any more", line.name(), next.missed());
            }
            Batch batch = batch(next, line.format());
            if (!batch.entries().isEmpty()) {
                try {
                    line.receiver().take(batch.entries());
                } catch (NotTaken e) {
                    LOG.warn("Stream {} waits: {}", line.name(), e.sentence());
                    return Optional.of(e.sentence());
                }
                line.sent().increment(batch.entries().size());
            } else if (batch.next().equals(at)) {
                return Optional.empty();
            }
            if (!cursors.advance(line.name(), holder, HOLD, at, batch.next(), next.missed())) {
                return Optional.empty();
            }
            at = batch.next();
        }
    }

    private record Batch(List<Entry> entries, Position next) {}

    private static Batch batch(Next next, EventFormat format) {
        List<Entry> entries = new ArrayList<>();
        int bytes = 0;
        for (byte[] line : next.lines()) {
            Entry entry = Entry.of(line, format);
            bytes += entry.sent().length;
            if (bytes > BATCH_BYTES && !entries.isEmpty()) {
                break;
            }
            entries.add(entry);
        }
        int left = next.lines().size() - entries.size();
        return new Batch(entries, new Position(next.next().log(), next.next().place() - left));
    }
}
