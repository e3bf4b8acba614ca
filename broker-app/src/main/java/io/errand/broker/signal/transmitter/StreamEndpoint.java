package io.errand.broker.signal.transmitter;

import io.errand.api.StreamConfiguration;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.web.Answers;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /ssf/v1/stream}: a receiver's streams of security events (SSF 1.0 §8.1.1), of which it sees its own alone. */
@RestController
@RequestMapping(StreamEndpoint.STREAM)
class StreamEndpoint {

    static final String STREAM = "/ssf/v1/stream";

    private final StreamAccess access;
    private final StreamChanges changes;
    private final SignedEvents tokens;
    private final Outbound outbound;
    private final String ourselves;

    StreamEndpoint(
            StreamAccess access,
            StreamChanges changes,
            SignedEvents tokens,
            Outbound outbound,
            ErrandProperties errand) {
        this.access = access;
        this.changes = changes;
        this.tokens = tokens;
        this.outbound = outbound;
        this.ourselves = errand.issuer();
    }

    @Answers(value = StreamConfiguration.class, status = 201)
    @PostMapping
    ResponseEntity<Object> create(@RequestBody Map<String, Object> sent, Authentication caller) {
        return answer(
                StreamRequest.read(sent, null, null, outbound).then(wanted -> changes.create(wanted, caller.getName())),
                HttpStatus.CREATED);
    }

    /** @param id which; absent: all, as a list */
    @Answers(StreamConfiguration.class)
    @GetMapping
    ResponseEntity<Object> read(
            @RequestParam(name = "stream_id", required = false) @Nullable String id, Authentication caller) {
        return id == null
                ? ResponseEntity.ok()
                        .cacheControl(CacheControl.noStore())
                        .body(access.all(caller).stream().map(this::view).toList())
                : answer(access.visible(id, caller), HttpStatus.OK);
    }

    /** What is not said stays as it is. */
    @Answers(StreamConfiguration.class)
    @PatchMapping
    ResponseEntity<Object> update(@RequestBody Map<String, Object> sent, Authentication caller) {
        return answer(
                access.own(sent.get("stream_id"), caller).then(before -> changed(sent, before, before)), HttpStatus.OK);
    }

    /** What is not said is as it usually is. */
    @Answers(StreamConfiguration.class)
    @PutMapping
    ResponseEntity<Object> replace(@RequestBody Map<String, Object> sent, Authentication caller) {
        return answer(
                access.own(sent.get("stream_id"), caller).then(before -> changed(sent, before, null)), HttpStatus.OK);
    }

    @Answers(value = Void.class, status = 204)
    @DeleteMapping
    ResponseEntity<Object> delete(@RequestParam(name = "stream_id") String id, Authentication caller) {
        return switch (access.visible(id, caller)) {
            case Result.Refused<EventStream> refused -> refused.problem().response();
            case Result.Ok<EventStream>(EventStream stream) -> {
                changes.delete(stream, caller.getName());
                yield ResponseEntity.noContent().build();
            }
        };
    }

    private Result<EventStream> changed(Map<String, Object> sent, EventStream stream, @Nullable EventStream before) {
        return otherwise(sent, view(stream))
                .<Result<EventStream>>map(member ->
                        StreamRequest.bad(member, member + " is said here: leave it out, or say it as it is."))
                .orElseGet(() -> StreamRequest.read(sent, before, pollEndpoint(stream), outbound)
                        .then(wanted -> changes.replace(stream, wanted)));
    }

    /** SSF 1.0 §8.1.1.3: what is the transmitter's to say may be there, as it is. */
    private static Optional<String> otherwise(Map<String, Object> sent, StreamConfiguration ours) {
        Map<String, Object> said = Map.of(
                "iss", ours.iss(),
                "aud", ours.aud(),
                "events_supported", ours.eventsSupported(),
                "min_verification_interval", ours.minVerificationInterval());
        return said.entrySet().stream()
                .filter(member -> sent.containsKey(member.getKey())
                        && !member.getValue().equals(sent.get(member.getKey()))
                        && !(member.getKey().equals("aud")
                                && List.of(member.getValue()).equals(sent.get("aud"))))
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst();
    }

    private ResponseEntity<Object> answer(Result<EventStream> result, HttpStatus status) {
        return switch (result) {
            case Result.Refused<EventStream> refused -> refused.problem().response();
            case Result.Ok<EventStream>(EventStream stream) ->
                ResponseEntity.status(status)
                        .cacheControl(CacheControl.noStore())
                        .body(view(stream));
        };
    }

    private String pollEndpoint(EventStream stream) {
        return ourselves + PollEndpoint.POLL + "/" + stream.id();
    }

    private StreamConfiguration view(EventStream stream) {
        String endpoint = stream.endpoint();
        return new StreamConfiguration(
                stream.id(),
                ourselves,
                tokens.audience(stream.id()),
                EventTypes.SUPPORTED,
                stream.requested(),
                stream.events(),
                endpoint == null
                        ? new StreamConfiguration.Delivery(StreamRequest.POLL, URI.create(pollEndpoint(stream)))
                        : new StreamConfiguration.Delivery(StreamRequest.PUSH, URI.create(endpoint)),
                (int) StreamChanges.VERIFICATION_INTERVAL.toSeconds(),
                stream.description());
    }
}
