package io.errand.api.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * The key that verifies a witness's cosignatures ({@code cosignature/v1} of C2SP {@code tlog-cosignature}), as a vkey of type 4. A
 * witness cosigns a checkpoint after it has seen that nothing of what it cosigned before is gone or other.
 */
public final class WitnessKey {

    private static final byte COSIGNATURE = 4;

    /** Seconds since 1970 when it was made. */
    private static final int TIME = Long.BYTES;

    private static final long LATEST = Instant.MAX.getEpochSecond();

    private final VerifierKey key;

    private WitnessKey(VerifierKey key) {
        this.key = key;
    }

    /** Empty: this is no vkey of a witness's Ed25519 key, or its id is not that of its key. */
    public static Optional<WitnessKey> parse(String vkey) {
        return VerifierKey.parse(vkey, COSIGNATURE).map(WitnessKey::new);
    }

    public String name() {
        return key.name();
    }

    /** A cosignature, as a line of a note, and when the witness says that it made it. */
    public record Cosignature(String line, Instant at) {}

    /** Empty: none of the checkpoint's signatures is this witness's. */
    public Optional<Cosignature> of(Checkpoint checkpoint) {
        return checkpoint.note().signatures().stream()
                .filter(line -> line.name().equals(key.name()))
                .flatMap(line -> line
                        .bytes()
                        .flatMap(bytes -> at(checkpoint, bytes))
                        .map(at -> new Cosignature(line.toString(), at))
                        .stream())
                .findFirst();
    }

    private Optional<Instant> at(Checkpoint checkpoint, byte[] bytes) {
        if (bytes.length <= VerifierKey.ID + TIME || !Arrays.equals(Arrays.copyOf(bytes, VerifierKey.ID), key.id())) {
            return Optional.empty();
        }
        long time = ByteBuffer.wrap(bytes, VerifierKey.ID, TIME).getLong();
        String signed =
                "cosignature/v1\ntime " + time + "\n" + checkpoint.note().text();
        return time > 0
                        && time <= LATEST
                        && key.verifies(
                                signed.getBytes(StandardCharsets.UTF_8),
                                Arrays.copyOfRange(bytes, VerifierKey.ID + TIME, bytes.length))
                ? Optional.of(Instant.ofEpochSecond(time))
                : Optional.empty();
    }

    /** The vkey. */
    @Override
    public String toString() {
        return key.toString();
    }
}
