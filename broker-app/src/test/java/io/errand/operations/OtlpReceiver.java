package io.errand.operations;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Takes what is exported by OTLP over HTTP, and reads of it what the tests ask about (opentelemetry-proto, trace.proto). */
final class OtlpReceiver implements AutoCloseable {

    /** Ids in hex; the parent is empty at the root. */
    record Received(String trace, String id, String parent, String name, Map<String, String> attributes) {}

    private final HttpServer server;
    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final List<byte[]> bodies = new CopyOnWriteArrayList<>();

    OtlpReceiver() {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    List<Received> spans() {
        return List.copyOf(spans);
    }

    /** Everything as it came, to look for what must not be there. */
    String raw() {
        StringBuilder all = new StringBuilder();
        bodies.forEach(body -> all.append(new String(body, StandardCharsets.ISO_8859_1)));
        return all.toString();
    }

    private void take(HttpExchange exchange) throws IOException {
        InputStream body = exchange.getRequestBody();
        if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
            body = new GZIPInputStream(body);
        }
        byte[] message = body.readAllBytes();
        bodies.add(message);
        // ExportTraceServiceRequest 1: ResourceSpans, 2: ScopeSpans, 2: Span.
        messages(
                message,
                1,
                resource -> messages(resource, 2, scope -> messages(scope, 2, span -> spans.add(span(span)))));
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private static Received span(byte[] message) {
        Map<Integer, byte[]> fields = new TreeMap<>();
        Map<String, String> attributes = new TreeMap<>();
        fields(message, (number, value) -> {
            if (number == 9) {
                Map<Integer, byte[]> entry = new TreeMap<>();
                fields(value, entry::put);
                // AnyValue 1: a string.
                messages(entry.getOrDefault(2, new byte[0]), 1, text -> attributes.put(text(entry.get(1)), text(text)));
            } else {
                fields.put(number, value);
            }
        });
        return new Received(
                hex(fields.get(1)), hex(fields.get(2)), hex(fields.get(4)), text(fields.get(5)), attributes);
    }

    private static String hex(byte @Nullable [] bytes) {
        return bytes == null ? "" : HexFormat.of().formatHex(bytes);
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    private static void messages(byte[] message, int wanted, Consumer<byte[]> each) {
        List<byte[]> found = new ArrayList<>();
        fields(message, (number, value) -> {
            if (number == wanted) {
                found.add(value);
            }
        });
        found.forEach(each);
    }

    /** Those that have a length; others are passed over. */
    private static void fields(byte[] message, BiConsumer<Integer, byte[]> each) {
        CodedInputStream in = CodedInputStream.newInstance(message);
        try {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                    each.accept(WireFormat.getTagFieldNumber(tag), in.readByteArray());
                } else {
                    in.skipField(tag);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
