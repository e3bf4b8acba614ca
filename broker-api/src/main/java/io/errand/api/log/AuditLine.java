package io.errand.api.log;

import io.errand.api.AuditEntry;
import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An event's line in {@code log.jsonl}: the entry of the log is exactly these bytes, 65,535 at most.
 *
 * <p>Personal text (members called {@code purpose}, {@code comment}, {@code prompt}, {@code summary} or {@code justification} at any
 * depth, and the {@code detail} of {@code evaluation.closed}) stands in it as {@code {"salted_sha256": …}}: SHA-256 of a salt of 16
 * bytes and the text in UTF-8. Where a line would be too long, the longest members of {@code details} stand as
 * {@code {"sha256": …}}: SHA-256 of the member's value as this class writes JSON.
 *
 * @param bytes without the line feed
 * @param salts of each digest of a text, by the JSON pointer (RFC 6901) of the member, in hexadecimal
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record AuditLine(byte[] bytes, Map<String, String> salts) {

    /** Bytes of an entry, at most: C2SP {@code tlog-tiles} gives the length of an entry two bytes. */
    public static final int MAX_BYTES = 65_535;

    /** Bytes of a salt. */
    public static final int SALT_BYTES = 16;

    private static final String SALTED = "salted_sha256";
    private static final Set<String> PERSONAL = Set.of("purpose", "comment", "prompt", "summary", "justification");

    /**
     * The line of an event that takes this place.
     *
     * @param salt makes 16 bytes of randomness, anew each time
     */
    public static AuditLine of(AuditEntry event, long place, Supplier<byte[]> salt) {
        Map<String, String> salts = new LinkedHashMap<>();
        Map<String, Object> details = redacted(event, (pointer, text) -> {
            String hex = HexFormat.of().formatHex(salt.get());
            salts.put(pointer, hex);
            return Map.of(SALTED, salted(hex, text));
        });
        return new AuditLine(fitting(event, place, details), salts);
    }

    /**
     * What is not in the line itself.
     *
     * @param salts as they were made for the line; a text without a salt is left out
     */
    public static List<Disclosure> disclosures(AuditEntry event, long place, Map<String, String> salts) {
        List<Disclosure> disclosed = new ArrayList<>();
        Map<String, Object> details = redacted(event, (pointer, text) -> {
            String salt = salts.get(pointer);
            if (salt == null) {
                return text;
            }
            disclosed.add(new Disclosure(event.id(), place, pointer, salt, text, null));
            return Map.of(SALTED, salted(salt, text));
        });
        for (String name : tooLong(event, place, details)) {
            disclosed.add(new Disclosure(
                    event.id(), place, "/details/" + escaped(name), null, null, json(details.get(name))));
        }
        return disclosed;
    }

    /** The digest of a text, as it stands in a line. */
    static String salted(String salt, String text) {
        MessageDigest digest = TreeHash.sha256();
        digest.update(HexFormat.of().parseHex(salt));
        return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    static String digest(String json) {
        return HexFormat.of().formatHex(TreeHash.sha256().digest(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static Map<String, Object> redacted(AuditEntry event, BiFunction<String, String, Object> instead) {
        boolean isOutcome = event.kind().equals("evaluation.closed");
        Map<String, Object> details = new LinkedHashMap<>();
        event.details().forEach((name, value) -> {
            String pointer = "/details/" + escaped(name);
            details.put(
                    name,
                    isOutcome && name.equals("detail") && value instanceof String text
                            ? instead.apply(pointer, text)
                            : member(name, value, pointer, instead));
        });
        return details;
    }

    private static @Nullable Object member(
            String name, @Nullable Object value, String pointer, BiFunction<String, String, Object> instead) {
        return switch (value) {
            case String text when PERSONAL.contains(name) -> instead.apply(pointer, text);
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, inner) -> copy.put(
                        (String) key, member((String) key, inner, pointer + "/" + escaped((String) key), instead)));
                yield copy;
            }
            case List<?> list -> {
                List<@Nullable Object> copy = new ArrayList<>();
                for (int i = 0; i < list.size(); i++) {
                    copy.add(member(name, list.get(i), pointer + "/" + i, instead));
                }
                yield copy;
            }
            case null, default -> value;
        };
    }

    /** RFC 6901 §3. */
    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static byte[] fitting(AuditEntry event, long place, Map<String, Object> details) {
        Map<String, Object> fitting = new LinkedHashMap<>(details);
        for (String name : tooLong(event, place, details)) {
            String json = json(details.get(name));
            fitting.put(name, Map.of("sha256", digest(json)));
        }
        return written(event, place, fitting);
    }

    /** The longest members, as few as will do. */
    private static List<String> tooLong(AuditEntry event, long place, Map<String, Object> details) {
        int excess = written(event, place, details).length - MAX_BYTES;
        if (excess <= 0) {
            return List.of();
        }
        record Sized(String name, int bytes) {}
        List<Sized> longest = details.entrySet().stream()
                .map(member ->
                        new Sized(member.getKey(), json(member.getValue()).getBytes(StandardCharsets.UTF_8).length))
                .sorted(Comparator.comparingInt(Sized::bytes).reversed().thenComparing(Sized::name))
                .toList();
        List<String> names = new ArrayList<>();
        for (Sized member : longest) {
            if (excess > 0) {
                names.add(member.name);
                excess -= member.bytes - digestBytes();
            }
        }
        return names;
    }

    private static int digestBytes() {
        return "{\"sha256\":\"\"}".length() + 2 * TreeHash.BYTES;
    }

    private static String json(@Nullable Object value) {
        return Json.mapper().writeValueAsString(value);
    }

    private static byte[] written(AuditEntry event, long place, Map<String, Object> details) {
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("at", event.at());
        line.put("place", place);
        line.put("id", event.id());
        line.put("kind", event.kind());
        put(line, "who", event.who());
        put(line, "agent", event.agent());
        put(line, "task", event.task());
        put(line, "lease", event.lease());
        put(line, "decision", event.decision());
        put(line, "outcome", event.outcome());
        line.put("details", details);
        return Json.mapper().writeValueAsBytes(line);
    }

    private static void put(Map<String, @Nullable Object> line, String name, @Nullable String value) {
        if (value != null) {
            line.put(name, value);
        }
    }
}
