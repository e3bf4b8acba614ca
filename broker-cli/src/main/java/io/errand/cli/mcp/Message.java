package io.errand.cli.mcp;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One JSON-RPC 2.0 message.
 *
 * <p>A member whose name differs from one that matters in case only is refused: readers that do not mind case (Go's
 * {@code encoding/json} is one) would see another message in it.
 */
record Message(ObjectNode json) {

    /** Bytes. Results may carry pictures; arguments do, too. */
    static final int MAX_BYTES = 8 << 20;

    private static final int MAX_DEPTH = 64;
    private static final Set<String> MEMBERS = Set.of("jsonrpc", "id", "method", "params", "result", "error");
    private static final Set<String> CALL = Set.of("name", "arguments");

    /** Not the mapper of Errand's own wire: other people's messages are larger, deeper and have members that nobody here knows. */
    private static final JsonMapper PLAIN = mapper().build();

    private static final JsonMapper ASCII =
            mapper().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private static JsonMapper.Builder mapper() {
        return JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(MAX_DEPTH)
                                .maxDocumentLength(MAX_BYTES)
                                .build())
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES);
    }

    /** It is no message, or one that not everybody would read alike; the text says why, for its sender. */
    static final class Unreadable extends Exception {

        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message, null, false, false);
        }
    }

    static Message read(byte[] bytes) throws Unreadable {
        try {
            return of(PLAIN.readTree(bytes));
        } catch (JacksonException e) {
            throw new Unreadable("This is not JSON that is understood here: " + e.getOriginalMessage());
        }
    }

    private static Message of(JsonNode node) throws Unreadable {
        if (!(node instanceof ObjectNode object)) {
            throw new Unreadable("A message is one JSON object; batches are not understood, send them one by one.");
        }
        exact(object, MEMBERS);
        if (object.has("method") && !object.get("method").isString()) {
            throw new Unreadable("method must be text.");
        }
        if (object.has("id") && !isId(object.get("id"))) {
            throw new Unreadable("id must be text or a whole number.");
        }
        Message message = new Message(object);
        if (message.is("tools/call")) {
            exact(object.path("params"), CALL);
        }
        return message;
    }

    /** An error about a message that could not be read has null there (JSON-RPC 2.0 §5). */
    private static boolean isId(JsonNode id) {
        return id.isString() || id.isIntegralNumber() || id.isNull();
    }

    private static void exact(JsonNode object, Set<String> names) throws Unreadable {
        for (String member : object.propertyNames()) {
            if (!names.contains(member) && names.stream().anyMatch(member::equalsIgnoreCase)) {
                throw new Unreadable("The member " + member + " differs in case only from one that matters.");
            }
        }
    }

    boolean is(String method) {
        return json.path("method").asString("").equals(method);
    }

    boolean isResponse() {
        return !json.has("method") && json.has("id");
    }

    /** As JSON, so that 1 and "1" are two; empty: a notification. */
    Optional<String> id() {
        return json.hasNonNull("id") ? Optional.of(json.get("id").toString()) : Optional.empty();
    }

    JsonNode params() {
        return json.path("params");
    }

    /** SHA-256 of the arguments of a call: members sorted, no white space, UTF-8; none are an empty object. */
    String argumentsSha256() {
        JsonNode arguments = params().path("arguments");
        byte[] canonical = arguments.isMissingNode()
                ? "{}".getBytes(StandardCharsets.UTF_8)
                : PLAIN.writeValueAsBytes(sorted(arguments));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(canonical));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> members = new TreeMap<>();
            node.properties().forEach(member -> members.put(member.getKey(), sorted(member.getValue())));
            return members;
        }
        return node.isArray() ? node.values().stream().map(Message::sorted).toList() : node;
    }

    /** A result to this request that the model sees: an error of the tool, not of the protocol (MCP, Tools, Error handling). */
    Message toolError(String text, Optional<String> decision) {
        ObjectNode answer = answer();
        ObjectNode result = answer.putObject("result");
        result.putArray("content").addObject().put("type", "text").put("text", text);
        result.put("isError", true);
        decision.ifPresent(id -> result.putObject("_meta").put("io.errand/decision", id));
        return new Message(answer);
    }

    /** What JSON-RPC calls an invalid request, told to whoever sent this. */
    Message invalid(String text) {
        ObjectNode answer = answer();
        answer.putObject("error").put("code", -32600).put("message", text);
        return new Message(answer);
    }

    static Message unreadable(String text) {
        return new Message(PLAIN.createObjectNode()).invalid(text);
    }

    private ObjectNode answer() {
        ObjectNode answer = PLAIN.createObjectNode();
        answer.put("jsonrpc", "2.0");
        answer.set("id", json.has("id") ? json.get("id") : PLAIN.nullNode());
        return answer;
    }

    /** One line of ASCII. */
    byte[] bytes() {
        return ASCII.writeValueAsBytes(json);
    }
}
