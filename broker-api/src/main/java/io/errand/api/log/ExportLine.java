package io.errand.api.log;

import io.errand.api.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Lines of an export that are no entries of the log but prove them: the first line, one before the entries of each tile, and checkpoints
 * that the log gave while it grew. Each is written in one way only, and read in no other.
 */
sealed interface ExportLine {

    /** Without the line feed. */
    default byte[] bytes() {
        return Json.mapper().writeValueAsBytes(json());
    }

    Map<String, Object> json();

    /** Whether a line is none of these, and so an entry. */
    static boolean isEntry(byte[] line) {
        return !startsWith(line, "{\"log\":")
                && !startsWith(line, "{\"tile\":")
                && !startsWith(line, "{\"checkpoint\":");
    }

    private static boolean startsWith(byte[] line, String prefix) {
        byte[] start = prefix.getBytes(StandardCharsets.US_ASCII);
        return line.length >= start.length && Arrays.equals(line, 0, start.length, start, 0, start.length);
    }

    /**
     * The first line: which log, and which of its entries follow.
     *
     * @param checkpoint the log's, up to which they follow
     * @param first the place of the first one
     * @param range hashes of the largest subtrees of those before it
     * @param since the checkpoint that an export before this one ended with, at {@code first}
     * @param consistency that it is a prefix of this one (RFC 9162 §2.1.4)
     */
    record Head(
            Checkpoint checkpoint,
            long first,
            List<byte[]> range,
            @Nullable Checkpoint since,
            List<byte[]> consistency) implements ExportLine {

        @Override
        public Map<String, Object> json() {
            Map<String, Object> head = new LinkedHashMap<>();
            head.put("checkpoint", checkpoint.toString());
            head.put("first", first);
            head.put("range", texts(range));
            if (since != null) {
                head.put("since", since.toString());
                head.put("consistency", texts(consistency));
            }
            return Map.of("log", head);
        }

        static Optional<Head> parse(byte[] line) {
            return ExportLine.parse(line, "log", head -> {
                Checkpoint checkpoint = checkpointIn(head, "checkpoint").orElse(null);
                if (checkpoint == null || !head.path("first").isIntegralNumber()) {
                    return null;
                }
                return new Head(
                        checkpoint,
                        head.path("first").asLong(-1),
                        hashes(head.path("range")),
                        checkpointIn(head, "since").orElse(null),
                        hashes(head.path("consistency")));
            });
        }
    }

    /**
     * The hashes of the entries that follow, as many as there are up to the end of their tile.
     *
     * @param first the place of the first one
     * @param leaves 32 bytes each
     * @param right hashes of the largest subtrees of what comes after them
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Leaves(long first, byte[] leaves, List<byte[]> right) implements ExportLine {

        int count() {
            return leaves.length / TreeHash.BYTES;
        }

        byte[] leaf(int n) {
            return Arrays.copyOfRange(leaves, n * TreeHash.BYTES, (n + 1) * TreeHash.BYTES);
        }

        @Override
        public Map<String, Object> json() {
            Map<String, Object> tile = new LinkedHashMap<>();
            tile.put("first", first);
            tile.put("hashes", Base64Text.of(leaves));
            tile.put("right", texts(right));
            return Map.of("tile", tile);
        }

        static Optional<Leaves> parse(byte[] line) {
            return ExportLine.parse(line, "tile", tile -> {
                byte[] leaves =
                        Base64Text.read(tile.path("hashes").asString("")).orElse(new byte[0]);
                return tile.path("first").isIntegralNumber()
                                && leaves.length > 0
                                && leaves.length % TreeHash.BYTES == 0
                                && leaves.length <= Tile.WIDTH * TreeHash.BYTES
                        ? new Leaves(tile.path("first").asLong(-1), leaves, hashes(tile.path("right")))
                        : null;
            });
        }
    }

    /** A checkpoint that the log gave when it had the entries before this line and no more. */
    record Grown(Checkpoint checkpoint) implements ExportLine {

        @Override
        public Map<String, Object> json() {
            return Map.of("checkpoint", checkpoint.toString());
        }

        static Optional<Grown> parse(byte[] line) {
            return ExportLine.parse(
                    line,
                    "checkpoint",
                    note -> Checkpoint.parse(note.asString("")).map(Grown::new).orElse(null));
        }
    }

    private static <T extends ExportLine> Optional<T> parse(
            byte[] line, String member, Function<JsonNode, @Nullable T> read) {
        try {
            JsonNode json = Json.mapper().readTree(line);
            return json.isObject()
                    ? Optional.ofNullable(read.apply(json.path(member)))
                            .filter(parsed -> Arrays.equals(parsed.bytes(), line))
                    : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static Optional<Checkpoint> checkpointIn(JsonNode json, String member) {
        return json.path(member).isString() ? Checkpoint.parse(json.path(member).asString()) : Optional.empty();
    }

    private static List<String> texts(List<byte[]> hashes) {
        return hashes.stream().map(Base64Text::of).toList();
    }

    /** What is no hash is left out: then the line reads otherwise than it stands there. */
    private static List<byte[]> hashes(JsonNode texts) {
        List<byte[]> hashes = new ArrayList<>();
        texts.forEach(text -> Base64Text.read(text.asString(""))
                .filter(hash -> hash.length == TreeHash.BYTES)
                .ifPresent(hashes::add));
        return hashes;
    }

    /** Hashes one behind the other. */
    static byte[] joined(List<byte[]> hashes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        hashes.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
