package io.errand.broker.signal.transmitter;

import io.errand.api.StreamStatus;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.signal.transmitter.EventStream.Status;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /ssf/v1/status} and {@code /ssf/v1/verification}: whether a stream is sent, and whether it arrives (SSF 1.0 §8.1.2, §8.1.4). */
@RestController
class StatusEndpoint {

    static final String STATUS = "/ssf/v1/status";
    static final String VERIFICATION = "/ssf/v1/verification";

    private final StreamAccess access;
    private final StreamChanges changes;

    StatusEndpoint(StreamAccess access, StreamChanges changes) {
        this.access = access;
        this.changes = changes;
    }

    @Answers(StreamStatus.class)
    @GetMapping(STATUS)
    ResponseEntity<Object> read(@RequestParam(name = "stream_id") String id, Authentication caller) {
        return answer(access.visible(id, caller));
    }

    @Answers(StreamStatus.class)
    @PostMapping(STATUS)
    ResponseEntity<Object> change(@RequestBody Map<String, Object> sent, Authentication caller) {
        Optional<Status> status = Stream.of(Status.values())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(sent.get("status")))
                .findFirst();
        return answer(access.own(sent.get("stream_id"), caller)
                .then(stream -> status.isEmpty()
                        ? StreamRequest.bad("status", "status is enabled, paused or disabled.")
                        : text(sent, "reason")
                                .then(reason -> changes.status(stream, status.get(), reason.orElse(null)))));
    }

    @Answers(value = Void.class, status = 204, refusals = 429)
    @PostMapping(VERIFICATION)
    ResponseEntity<Object> verify(@RequestBody Map<String, Object> sent, Authentication caller) {
        Result<EventStream> asked = access.own(sent.get("stream_id"), caller)
                .then(stream -> text(sent, "state").then(state -> changes.verify(stream, state.orElse(null))));
        return switch (asked) {
            case Result.Refused<EventStream>(Problem problem)
            when problem.status() == HttpStatus.TOO_MANY_REQUESTS ->
                ResponseEntity.status(problem.status())
                        .header(HttpHeaders.RETRY_AFTER, Long.toString(StreamChanges.VERIFICATION_INTERVAL.toSeconds()))
                        .body(problem.body());
            case Result.Refused<EventStream>(Problem problem) -> problem.response();
            case Result.Ok<EventStream> ok -> ResponseEntity.noContent().build();
        };
    }

    private static Result<Optional<String>> text(Map<String, Object> sent, String member) {
        @Nullable Object value = sent.get(member);
        if (value == null) {
            return Result.ok(Optional.empty());
        }
        return value instanceof String text && StreamRequest.isText(text, StreamRequest.MOST_TEXT)
                ? Result.ok(Optional.of(text))
                : StreamRequest.bad(member, member + " is text of at most " + StreamRequest.MOST_TEXT + " characters.");
    }

    private static ResponseEntity<Object> answer(Result<EventStream> result) {
        return switch (result) {
            case Result.Refused<EventStream>(Problem problem) -> problem.response();
            case Result.Ok<EventStream>(EventStream stream) ->
                ResponseEntity.ok()
                        .cacheControl(CacheControl.noStore())
                        .body(new StreamStatus(
                                stream.id(), stream.status().name().toLowerCase(Locale.ROOT), stream.statusReason()));
        };
    }
}
