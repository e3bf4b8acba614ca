package io.errand.api.log;

import io.errand.api.Json;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A line of {@code disclosures.jsonl}: what stands in the log as a digest only.
 *
 * @param id the event's
 * @param place of the event in the log
 * @param member JSON pointer into the event's line
 * @param salt 16 bytes in hexadecimal, for a text
 * @param text a personal text
 * @param json the value of a member that was too long for its line, as JSON
 */
public record Disclosure(
        String id,
        long place,
        String member,
        @Nullable String salt,
        @Nullable String text,
        @Nullable String json) {

    /** Without the line feed. */
    public byte[] line() {
        return Json.mapper().writeValueAsBytes(this);
    }

    static Optional<Disclosure> parse(byte[] line) {
        try {
            return Optional.of(Json.mapper().readValue(line, Disclosure.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** Whether it is what the digest in the event's line is of. */
    boolean isOf(JsonNode event) {
        JsonNode at = event.at(member);
        if (!event.path("id").asString("").equals(id)) {
            return false;
        }
        if (salt != null && text != null && json == null) {
            return salt.matches("[0-9a-f]{32}")
                    && at.path("salted_sha256").asString("").equals(AuditLine.salted(salt, text));
        }
        return salt == null
                && text == null
                && json != null
                && at.path("sha256").asString("").equals(AuditLine.digest(json));
    }
}
