package io.errand.broker.observation;

import io.errand.broker.shared.Secret;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One that an HTTP server has, read in ranges (RFC 9110 §14). Between two requests another one may have taken its place: whoever reads
 * looks at its beginning again.
 */
final class HttpTail implements Tail {

    private static final Duration WITHIN = Duration.ofSeconds(10);
    private static final long LARGEST = 1L << 50;
    /** So long may the page be that comes with a refusal. */
    private static final int REFUSAL = 1 << 16;

    private final URI uri;
    private final @Nullable Path bearer;
    private final String key;
    private final Outbound outbound;

    /** @param key of the setting that names {@code bearer}, the file with the token that is shown; null: none is */
    HttpTail(URI uri, @Nullable Path bearer, String key, Outbound outbound) {
        this.uri = uri;
        this.bearer = bearer;
        this.key = key;
        this.outbound = outbound;
    }

    @Override
    public String file() {
        return uri.toString();
    }

    @Override
    public String path() {
        return uri.toString();
    }

    /** Found by asking for single bytes, since a server need not say. */
    @Override
    public long size() throws IOException {
        long beyond = 1;
        while (has(beyond) && beyond < LARGEST) {
            beyond *= 2;
        }
        long has = beyond / 2;
        while (beyond - has > 1) {
            long middle = has + (beyond - has) / 2;
            if (has(middle)) {
                has = middle;
            } else {
                beyond = middle;
            }
        }
        return has;
    }

    @Override
    public boolean has(long bytes) throws IOException {
        return bytes == 0 || read(bytes - 1, 1).length == 1;
    }

    @Override
    public byte[] read(long from, int most) throws IOException {
        if (most == 0) {
            return new byte[0];
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Range", "bytes=" + from + "-" + (from + most - 1));
        headers.put("Accept-Encoding", "identity");
        if (bearer != null) {
            headers.put(
                    "Authorization",
                    "Bearer " + Secret.read(key, bearer).strip().reveal());
        }
        return switch (outbound.send(new Outbound.Request(uri, headers, null, most + REFUSAL), WITHIN)) {
            case Reply.Answered(int status, String type, byte[] body) when status == 206 && body.length <= most -> body;
            case Reply.Answered(int status, String type, byte[] body) when status == 416 -> new byte[0];
            case Reply.Answered(int status, String type, byte[] body)
            when status == 200 && from == 0 && body.length == 0 -> body; // nothing at all has no range
            case Reply.Answered(int status, String type, byte[] body) ->
                throw new IOException(uri + " answers " + status + " to a request for a range; 206 is wanted");
            case Reply.Failed(String cause) ->
                throw new IOException(uri + " does not answer a request for a range: " + cause);
            case Reply.TimedOut() -> throw new IOException(uri + " does not answer within " + WITHIN);
        };
    }

    @Override
    public void close() {
        // connections are shared
    }
}
