package io.errand.broker.signal.transmitter;

import io.errand.api.Json;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.signal.transmitter.EventStreams.Wanted;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver may say of a stream (SSF 1.0 §8.1.1): {@code delivery}, {@code events_requested} and {@code description}. Members
 * that are the transmitter's are checked elsewhere, and others ignored.
 */
final class StreamRequest {

    static final String PUSH = "urn:ietf:rfc:8935";
    static final String POLL = "urn:ietf:rfc:8936";

    static final int MOST_TEXT = 1024;
    private static final int MOST_TYPES = 64;
    private static final int MOST_TYPE = 256;

    private StreamRequest() {}

    /**
     * Reads one.
     *
     * @param before what holds where the request says nothing; null: what is usual
     * @param pollEndpoint what a receiver that polls may say in {@code endpoint_url}; null: nothing
     */
    static Result<Wanted> read(
            Map<String, Object> sent, @Nullable EventStream before, @Nullable String pollEndpoint, Outbound outbound) {
        return description(sent, before)
                .then(description -> types(sent, before)
                        .then(requested -> endpoint(sent, before, pollEndpoint, outbound)
                                .then(endpoint -> Result.ok(new Wanted(
                                        description.orElse(null),
                                        endpoint.orElse(null),
                                        EventTypes.SUPPORTED.stream()
                                                .filter(requested::contains)
                                                .toList(),
                                        requested)))));
    }

    private static Result<Optional<String>> description(Map<String, Object> sent, @Nullable EventStream before) {
        if (!sent.containsKey("description")) {
            return Result.ok(Optional.ofNullable(before).map(EventStream::description));
        }
        return switch (sent.get("description")) {
            case null -> Result.ok(Optional.empty());
            case String text when isText(text, MOST_TEXT) -> Result.ok(Optional.of(text));
            default -> bad("description", "description is text of at most " + MOST_TEXT + " characters.");
        };
    }

    private static Result<List<String>> types(Map<String, Object> sent, @Nullable EventStream before) {
        Object requested = sent.get("events_requested");
        if (requested == null) {
            return Result.ok(before == null ? EventTypes.SUPPORTED : before.requested());
        }
        if (!(requested instanceof List<?> all)
                || all.size() > MOST_TYPES
                || !all.stream().allMatch(one -> one instanceof String text && isText(text, MOST_TYPE))) {
            return bad(
                    "events_requested",
                    "events_requested is a list of at most " + MOST_TYPES + " event types, each a URI of at most "
                            + MOST_TYPE + " characters.");
        }
        return Result.ok(all.stream().map(String::valueOf).distinct().toList());
    }

    /** Empty: the receiver polls, which is what SSF 1.0 §8.1.1.1 has where nothing is said. */
    private static Result<Optional<String>> endpoint(
            Map<String, Object> sent, @Nullable EventStream before, @Nullable String pollEndpoint, Outbound outbound) {
        Object delivery = sent.get("delivery");
        if (delivery == null) {
            return Result.ok(Optional.ofNullable(before).map(EventStream::endpoint));
        }
        if (!(delivery instanceof Map<?, ?> members)) {
            return bad("delivery", "delivery is an object with method and endpoint_url.");
        }
        if (members.get("authorization_header") != null) {
            return bad(
                    "delivery.authorization_header",
                    "No secret of a receiver is kept here: leave authorization_header out, and verify the signature.");
        }
        Object url = members.get("endpoint_url");
        if (POLL.equals(members.get("method"))) {
            return url == null || url.equals(pollEndpoint)
                    ? Result.ok(Optional.empty())
                    : bad("delivery.endpoint_url", "Where a stream is polled is said here: leave endpoint_url out.");
        }
        if (!PUSH.equals(members.get("method"))) {
            return bad("delivery.method", "delivery.method is " + PUSH + " or " + POLL + ".");
        }
        return url instanceof String text ? pushed(text, outbound) : bad("delivery.endpoint_url", ADDRESS);
    }

    private static final String ADDRESS = "delivery.endpoint_url is an https URL of at most " + MOST_TEXT
            + " characters (http on a loopback address).";

    private static Result<Optional<String>> pushed(String text, Outbound outbound) {
        try {
            URI uri = new URI(text);
            String host = uri.getHost();
            boolean good = text.length() <= MOST_TEXT
                    && host != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawFragment() == null
                    && ("https".equals(uri.getScheme())
                            || ("http".equals(uri.getScheme())
                                    && (host.equals("localhost") || host.matches("127\\.[0-9.]+|\\[::1]"))));
            if (!good) {
                return bad("delivery.endpoint_url", ADDRESS);
            }
            return outbound.problem(uri)
                    .<Result<Optional<String>>>map(sentence -> bad("delivery.endpoint_url", sentence + "."))
                    .orElseGet(() -> Result.ok(Optional.of(text)));
        } catch (URISyntaxException e) {
            return bad("delivery.endpoint_url", ADDRESS);
        }
    }

    static boolean isText(String text, int most) {
        return text.length() <= most && Json.isStorable(text);
    }

    static <T> Result<T> bad(String member, String sentence) {
        return Result.refused(Problem.invalidMember(member, Objects.requireNonNull(sentence)));
    }
}
