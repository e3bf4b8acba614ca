package io.errand.broker.stream;

import io.errand.api.Json;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * An entry of the log, and what it is sent as.
 *
 * @param event the entry, parsed
 * @param line the entry itself
 * @param sent JSON in one line
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Entry(JsonNode event, byte[] line, byte[] sent) {

    static Entry of(byte[] line, EventFormat format) {
        JsonNode event = Json.mapper().readTree(line);
        return new Entry(event, line, format.write(event, line));
    }

    String id() {
        return event.path("id").asString();
    }

    Instant at() {
        return Instant.parse(event.path("at").asString());
    }

    EventKind kind() {
        return EventKind.of(event.path("kind").asString());
    }

    /** A member that not every entry has. */
    static Optional<String> text(JsonNode event, String member) {
        return Optional.of(event.path(member)).filter(JsonNode::isString).map(JsonNode::asString);
    }
}
