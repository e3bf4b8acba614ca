package io.errand.cli;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.ReceiptKeys;
import io.errand.api.log.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

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
