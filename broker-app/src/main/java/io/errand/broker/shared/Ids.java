package io.errand.broker.shared;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Keys of everything that the broker records: UUIDv7 (RFC 9562 §5.7), which sort by time; one process makes them in order. */
public final class Ids {

    /** Milliseconds have 48 bits. */
    private static final long LAST_SECOND = ((1L << 48) - 1) / 1000;

    private static final TimeBasedEpochGenerator V7 = Generators.timeBasedEpochGenerator();

    private Ids() {}

    public static UUID next() {
        return V7.generate();
    }

    /** No id of this second or of a later one is less; of times that ids cannot say, the nearest that they can. */
    public static UUID least(Instant time) {
        long second = Math.clamp(time.getEpochSecond(), 0, LAST_SECOND);
        return new UUID((second * 1000) << 16, 0);
    }

    /** When an id was made, by the clock of who made it; empty for one of another kind than those of {@link #next}. */
    public static Optional<Instant> madeAt(UUID id) {
        return id.version() == 7
                ? Optional.of(Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16))
                : Optional.empty();
    }

    /** Reads an id in its canonical lower-case form and in no other ({@code UUID.fromString} is lenient). */
    public static Optional<UUID> parse(String text) {
        if (text.length() != 36) {
            return Optional.empty();
        }
        try {
            UUID id = UUID.fromString(text);
            return id.toString().equals(text) ? Optional.of(id) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
