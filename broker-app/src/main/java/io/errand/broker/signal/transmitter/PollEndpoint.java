package io.errand.broker.signal.transmitter;

import io.errand.api.PolledEvents;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.signal.transmitter.EventQueue.Waiting;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code POST /ssf/v1/poll/{stream}}: a receiver asks for what waits, and says what it has taken (RFC 8936). What it says that it
 * cannot take is not sent again either, since it never could.
 */
@RestController
class PollEndpoint {

    static final String POLL = "/ssf/v1/poll";

    private static final Logger LOG = LoggerFactory.getLogger(PollEndpoint.class);

    private static final int MOST = 100;
    private static final int MOST_ACKNOWLEDGED = 1000;

    /** A receiver that does not want an answer at once waits so long at most (RFC 8936 §2.2). */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private static final Duration LOOK = Duration.ofMillis(250);

    private final StreamAccess access;
    private final EventQueue queue;
    private final SignedEvents tokens;
    private final Set<UUID> waited = ConcurrentHashMap.newKeySet();
    private final Counter taken;
    private final Counter refused;

    PollEndpoint(StreamAccess access, EventQueue queue, SignedEvents tokens, MeterRegistry registry) {
        this.access = access;
        this.queue = queue;
        this.tokens = tokens;
        this.taken = registry.counter("errand.security.events.polled", "outcome", "taken");
        this.refused = registry.counter("errand.security.events.polled", "outcome", "refused");
    }

    /**
     * What is asked.
     *
     * @param most 0: nothing, it only acknowledges
     */
    private record Asked(int most, boolean atOnce, List<UUID> acknowledged, List<UUID> refused) {}

    @Answers(PolledEvents.class)
    @PostMapping(POLL + "/{stream}")
    ResponseEntity<Object> poll(
            @PathVariable String stream, @RequestBody Map<String, Object> sent, Authentication caller)
            throws InterruptedException {
        Result<EventStream> found = access.own(stream, caller)
                .then(one -> one.isPushed()
                        ? Result.refused(Problem.conflict("This stream is pushed: nothing waits for a poll."))
                        : Result.ok(one));
        if (found instanceof Result.Refused<EventStream>(Problem problem)) {
            return problem.response();
        }
        return switch (read(sent)) {
            case Result.Refused<Asked>(Problem problem) -> problem.response();
            case Result.Ok<Asked>(Asked asked) ->
                ResponseEntity.ok()
                        .cacheControl(CacheControl.noStore())
                        .body(answer(((Result.Ok<EventStream>) found).value(), asked, caller));
        };
    }

    private PolledEvents answer(EventStream stream, Asked asked, Authentication caller) throws InterruptedException {
        taken.increment(queue.taken(stream.id(), asked.acknowledged()));
        int unwanted = queue.taken(stream.id(), asked.refused());
        if (unwanted > 0) {
            refused.increment(unwanted);
            LOG.warn(
                    "The receiver of the stream of security events {} says that it cannot take {}",
                    stream.id(),
                    unwanted);
        }
        if (asked.most() == 0) {
            return new PolledEvents(Map.of(), false);
        }
        // One request waits for a stream here; others beside it are answered at once.
        boolean waits = !asked.atOnce() && waited.add(stream.id());
        try {
            return next(stream, asked.most(), waits ? LONGEST : Duration.ZERO, caller);
        } finally {
            if (waits) {
                waited.remove(stream.id());
            }
        }
    }

    private PolledEvents next(EventStream stream, int most, Duration within, Authentication caller)
            throws InterruptedException {
        long until = System.nanoTime() + within.toNanos();
        while (true) {
            // Each time, since it may have been paused or deleted meanwhile.
            boolean isSent =
                    access.own(stream.id().toString(), caller) instanceof Result.Ok<EventStream>(EventStream now)
                            && now.status() == EventStream.Status.ENABLED;
            List<Waiting> waiting = isSent ? queue.next(stream.id(), most + 1) : List.of();
            if (!waiting.isEmpty() || System.nanoTime() >= until) {
                Map<String, String> sets = new LinkedHashMap<>();
                waiting.stream()
                        .limit(most)
                        .forEach(event -> sets.put(event.jti().toString(), tokens.sign(stream.id(), event)));
                return new PolledEvents(sets, waiting.size() > most);
            }
            Thread.sleep(LOOK);
        }
    }

    private static Result<Asked> read(Map<String, Object> sent) {
        if (!(sent.getOrDefault("maxEvents", MOST) instanceof Integer wanted) || wanted < 0) {
            return StreamRequest.bad("maxEvents", "maxEvents is a whole number from 0 on.");
        }
        int most = Math.min(MOST, wanted);
        if (!(sent.getOrDefault("returnImmediately", false) instanceof Boolean atOnce)) {
            return StreamRequest.bad("returnImmediately", "returnImmediately is true or false.");
        }
        Object ack = sent.get("ack");
        if (ack != null && !(ack instanceof List<?>)) {
            return StreamRequest.bad("ack", "ack is a list of what jti says.");
        }
        Object errors = sent.get("setErrs");
        if (errors != null && !(errors instanceof Map<?, ?>)) {
            return StreamRequest.bad("setErrs", "setErrs is an object with what jti says as members.");
        }
        Optional<List<UUID>> acknowledged = ids(ack instanceof List<?> all ? all : List.of());
        Optional<List<UUID>> refused = ids(errors instanceof Map<?, ?> all ? new ArrayList<>(all.keySet()) : List.of());
        if (acknowledged.isEmpty() || refused.isEmpty()) {
            return StreamRequest.bad("ack", "ack and setErrs name at most " + MOST_ACKNOWLEDGED + " events each.");
        }
        return Result.ok(new Asked(most, atOnce, acknowledged.get(), refused.get()));
    }

    /** What is no id of ours was never sent, and is none to forget (RFC 8936 §2.4). Empty: too many. */
    private static Optional<List<UUID>> ids(List<?> sent) {
        return sent.size() > MOST_ACKNOWLEDGED
                ? Optional.empty()
                : Optional.of(sent.stream()
                        .filter(String.class::isInstance)
                        .flatMap(one -> Ids.parse((String) one).stream())
                        .toList());
    }
}
