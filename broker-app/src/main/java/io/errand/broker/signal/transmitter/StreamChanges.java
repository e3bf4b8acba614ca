package io.errand.broker.signal.transmitter;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.audit.LogReader;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.signal.transmitter.EventStream.Status;
import io.errand.broker.signal.transmitter.EventStreams.Wanted;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** What receivers change of their streams, each in one transaction with its audit event. */
@Component
class StreamChanges {

    static final Duration VERIFICATION_INTERVAL = Duration.ofSeconds(30);

    private final EventStreams streams;
    private final EventQueue queue;
    private final LogReader log;
    private final Audit audit;

    StreamChanges(EventStreams streams, EventQueue queue, LogReader log, Audit audit) {
        this.streams = streams;
        this.queue = queue;
        this.log = log;
        this.audit = audit;
    }

    @Transactional
    Result<EventStream> create(Wanted wanted, String receiver) {
        Optional<EventStream> made = streams.create(receiver, wanted, log.end());
        made.ifPresent(stream -> audit.record(event("created", stream, receiver)));
        return made.map(Result::ok)
                .orElseGet(() -> Result.refused(Problem.conflict(
                        "This receiver has " + EventStreams.MOST + " streams already: delete one first.")));
    }

    @Transactional
    Result<EventStream> replace(EventStream before, Wanted wanted) {
        Optional<EventStream> after = streams.replace(before.id(), wanted);
        after.ifPresent(stream -> audit.record(event("replaced", stream, stream.receiver())));
        return after.map(Result::ok).orElseGet(StreamChanges::gone);
    }

    @Transactional
    Result<EventStream> status(EventStream before, Status status, @Nullable String reason) {
        Optional<EventStream> after = streams.status(before.id(), status, reason, log.end());
        after.filter(stream -> stream.status() != before.status())
                .ifPresent(stream -> audit.record(event("switched", stream, stream.receiver())));
        return after.map(Result::ok).orElseGet(StreamChanges::gone);
    }

    @Transactional
    void delete(EventStream stream, String who) {
        if (streams.delete(stream.id())) {
            audit.record(event("deleted", stream, who));
        }
    }

    /**
     * SSF 1.0 §8.1.4: the event goes the way of all others, after those that wait. None is added to a queue that is full, or of a
     * stream for which nothing is kept.
     */
    @Transactional
    Result<EventStream> verify(EventStream stream, @Nullable String state) {
        if (stream.status() == Status.DISABLED) {
            return StreamRequest.bad("stream_id", "The stream is disabled, and sends nothing: enable it first.");
        }
        if (queue.isFull(stream.id())) {
            return tooMany(EventQueue.MOST + " events wait for the receiver: take some of them first.");
        }
        if (!streams.mayVerify(stream.id(), VERIFICATION_INTERVAL)) {
            return tooMany("It was asked for less than " + VERIFICATION_INTERVAL.toSeconds() + " seconds ago.");
        }
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("sub_id", Map.of("format", "opaque", "id", stream.id().toString()));
        claims.put("events", Map.of(EventTypes.VERIFICATION, state == null ? Map.of() : Map.of("state", state)));
        queue.add(stream.id(), List.of(claims));
        return Result.ok(stream);
    }

    private static Result<EventStream> tooMany(String detail) {
        return Result.refused(new Problem(HttpStatus.TOO_MANY_REQUESTS, "too-many", detail, Map.of()));
    }

    private static Result<EventStream> gone() {
        return Result.refused(Problem.notFound("The stream was deleted meanwhile."));
    }

    /** Whatever a receiver has in the query of its address may be a secret of its own. */
    private static @Nullable String withoutQuery(@Nullable String endpoint) {
        return endpoint == null ? null : endpoint.split("\\?", 2)[0];
    }

    private static AuditEvent event(String verb, EventStream stream, String who) {
        return AuditEvent.of("event_stream." + verb)
                .by(who)
                .with("stream", stream.id().toString())
                .with("delivery", stream.isPushed() ? "push" : "poll")
                .with("endpoint", withoutQuery(stream.endpoint()))
                .with("event_types", stream.events())
                .with("state", stream.status().name().toLowerCase(Locale.ROOT));
    }
}
