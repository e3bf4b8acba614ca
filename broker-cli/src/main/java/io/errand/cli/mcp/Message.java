package io.errand.cli.mcp;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/** One JSON-RPC 2.0 message that everybody would read alike. */
record Message(ObjectNode json) {

    /** Bytes. Results may carry pictures; arguments do, too. */
    static final int MAX_BYTES = 8 << 20;

    private static final int MAX_DEPTH = 64;

    /** JSON-RPC 2.0 §5.1. */
    private static final int NO_JSON = -32700;

    private static final int NO_REQUEST = -32600;

    static final int NO_METHOD = -32601;

    static final int INVALID_PARAMS = -32602;

    /** Of those that JSON-RPC leaves to servers, the one that MCP has given no meaning. */
    private static final int DENIED = -32000;

    /** In a request's {@code _meta}, from MCP 2026-07-28 on: the version that it is written in. */
    private static final String VERSION = "io.modelcontextprotocol/protocolVersion";

    private static final String DECISION = "io.errand/decision";

    /** Not the mapper of Errand's own wire: other people's messages are larger, deeper and have members that nobody here knows. */
    static final JsonMapper PLAIN = mapper().build();

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

    /** It is no message, or one with {@link Faults}. */
    static final class Unreadable extends Exception {

        private static final long serialVersionUID = 1;

        private final transient Message answer;

        private Unreadable(int code, String text, JsonNode id) {
            super(text, null, false, false);
            answer = error(code, text, id);
        }

        /** What its sender is told. */
        Message answer() {
            return answer;
        }
    }

    static Message read(byte[] bytes) throws Unreadable {
        try {
            return of(PLAIN.readTree(bytes));
        } catch (JacksonException e) {
            throw new Unreadable(
                    NO_JSON,
                    "This is not JSON that is understood here: " + e.getOriginalMessage(),
                    NullNode.getInstance());
        }
    }

    private static Message of(JsonNode node) throws Unreadable {
        Optional<String> fault = node instanceof ObjectNode object
                ? Faults.of(object)
                : Optional.of("A message is one JSON object; batches are not understood, send them one by one.");
        if (fault.isPresent()) {
            JsonNode id = node.path("id");
            throw new Unreadable(NO_REQUEST, fault.get(), Faults.isId(id) ? id : NullNode.getInstance());
        }
        return new Message((ObjectNode) node);
    }

    String method() {
        return json.path("method").asString("");
    }

    boolean is(String method) {
        return method().equals(method);
    }

    /**
     * Whether this request is written in a version without a handshake, 2026-07-28 or later: each says for itself which, and each
     * result must say of what type it is.
     */
    boolean isModern() {
        return params().path("_meta").path(VERSION).isString();
    }

    boolean isRequest() {
        return json.has("method") && json.has("id");
    }

    boolean isResponse() {
        return !json.has("method");
    }

    /** Whether a response is one of a type that is known, and no step on the way to it. */
    boolean isFinal() {
        return result().path("resultType").asString("complete").equals("complete");
    }

    boolean isInputRequired() {
        return result().path("resultType").asString("").equals("input_required");
    }

    /** Nothing like a code where it is no error. */
    int errorCode() {
        return json.path("error").path("code").asInt(0);
    }

    JsonNode result() {
        return json.path("result");
    }

    boolean isFailure() {
        return json.has("error") || json.path("result").path("isError").asBoolean(false);
    }

    /** As JSON, so that 1 and "1" are two. */
    String id() {
        return json.path("id").toString();
    }

    JsonNode params() {
        return json.path("params");
    }

    /** A result to this request that the model sees: an error of the tool, not of the protocol (MCP, Tools, Error handling). */
    Message toolError(String text, Optional<String> decision) {
        ObjectNode answer = answer(json.path("id"));
        ObjectNode result = answer.putObject("result");
        result.putArray("content").addObject().put("type", "text").put("text", text);
        result.put("isError", true);
        if (isModern()) {
            result.put("resultType", "complete");
        }
        decision.ifPresent(id -> result.putObject("_meta").put(DECISION, id));
        return new Message(answer);
    }

    /** The same to a request whose results have no such member: an error of the protocol, whose message clients show. */
    Message denied(String text, Optional<String> decision) {
        Message answer = error(DENIED, text, json.path("id"));
        decision.ifPresent(
                id -> ((ObjectNode) answer.json.path("error")).putObject("data").put(DECISION, id));
        return answer;
    }

    Message error(int code, String text) {
        return error(code, text, json.path("id"));
    }

    /** What JSON-RPC calls an invalid request, told to whoever sent this. */
    Message invalid(String text) {
        return error(NO_REQUEST, text, json.path("id"));
    }

    /** The same about something that could not be read. */
    static Message unreadable(String text) {
        return error(NO_REQUEST, text, NullNode.getInstance());
    }

    private static Message error(int code, String text, JsonNode id) {
        ObjectNode answer = answer(id);
        answer.putObject("error").put("code", code).put("message", text);
        return new Message(answer);
    }

    private static ObjectNode answer(JsonNode id) {
        ObjectNode answer = PLAIN.createObjectNode();
        answer.put("jsonrpc", "2.0");
        answer.set("id", id);
        return answer;
    }

    /** One line of ASCII. */
    byte[] bytes() {
        return ASCII.writeValueAsBytes(json);
    }
}
