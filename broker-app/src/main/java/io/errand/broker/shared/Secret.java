package io.errand.broker.shared;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/** A value that must not be seen: it prints as {@code ***}, compares in constant time and is written nowhere by accident. */
public final class Secret {

    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    /**
     * What a file holds now, without white space at its end.
     *
     * @param key of the configuration that names the file, for the message
     * @throws UncheckedIOException if it cannot be read
     */
    public static Secret read(String key, Path file) {
        try {
            return new Secret(Files.readString(file).stripTrailing());
        } catch (IOException e) {
            throw new UncheckedIOException(key + " cannot be read: " + file, e);
        }
    }

    /** A token: it has no white space around it. */
    public Secret strip() {
        return new Secret(value.strip());
    }

    /** The value itself; call this only where it leaves the broker or enters a target. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret that
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8), that.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return 0;
    }

    @Override
    public String toString() {
        return "***";
    }
}
