package io.errand.cli;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.ReceiptKeys;
import io.errand.api.log.VerifierKey;
import io.errand.api.log.WitnessKey;
import io.errand.api.log.WitnessPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What commands are given to verify the log with. */
final class LogFiles {

    private LogFiles() {}

    static InputStream open(Path file) {
        try {
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CommandFailed unreadable(Path file, IOException e) {
        return CommandFailed.error(file + " cannot be read: " + e, e);
    }

    /** A vkey, or a file that holds one. */
    static VerifierKey key(String given) {
        return VerifierKey.parse(given)
                .or(() -> VerifierKey.parse(
                        given.indexOf('+') < 0 || Files.exists(Path.of(given)) ? text(Path.of(given)) : ""))
                .orElseThrow(
                        () -> CommandFailed.error(
                                "--key is a verifier key as <issuer>/log/vkey has it, or a file that holds one; this is neither."));
    }

    /**
     * Vkeys of witnesses, or files that hold one on each line.
     *
     * @param needed null: as many as there are
     * @return null: none were given
     */
    static @Nullable WitnessPolicy witnesses(List<String> given, @Nullable Integer needed) {
        if (given.isEmpty()) {
            if (needed != null) {
                throw CommandFailed.usage("--witnesses-needed says of how many --witness; name them.");
            }
            return null;
        }
        List<WitnessKey> keys = given.stream().flatMap(LogFiles::witness).toList();
        try {
            return new WitnessPolicy(
                    keys,
                    needed == null
                            ? (int) keys.stream()
                                    .map(WitnessKey::name)
                                    .distinct()
                                    .count()
                            : needed);
        } catch (IllegalArgumentException e) {
            throw CommandFailed.usage(
                    "--witnesses-needed is from 1 to as many as there are witnesses: " + e.getMessage() + ".");
        }
    }

    private static Stream<WitnessKey> witness(String given) {
        Optional<WitnessKey> key = WitnessKey.parse(given);
        if (key.isPresent()) {
            return key.stream();
        }
        List<String> lines = Files.exists(Path.of(given))
                ? text(Path.of(given)).lines().filter(line -> !line.isBlank()).toList()
                : List.of();
        List<WitnessKey> keys =
                lines.stream().flatMap(line -> WitnessKey.parse(line).stream()).toList();
        if (lines.isEmpty() || keys.size() < lines.size()) {
            throw CommandFailed.error(
                    "--witness is the verifier key of a witness (type 4, Ed25519), or a file that holds one on each line; "
                            + given + " is neither.");
        }
        return keys.stream();
    }

    static Checkpoint checkpoint(Path file) {
        return Checkpoint.parse(text(file))
                .orElseThrow(() -> CommandFailed.error(
                        file + " holds no checkpoint: it is what `errand audit checkpoint` prints."));
    }

    static ReceiptKeys receiptKeys(Path file) {
        return ReceiptKeys.parse(bytes(file))
                .orElseThrow(() -> CommandFailed.error(
                        file + " holds no key set with a key of ES256: it is what <issuer>/oauth2/jwks answers."));
    }
}
