package io.errand.broker.shared;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A value that must not be seen: it prints as {@code ***}, compares in constant time and is written nowhere by accident. */
public final class Secret {

    private final String value;

    public Secret(String value) {
        this.value = value;
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
