package io.errand.quickstart;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Passwords that need no quoting anywhere. */
public final class Passwords {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 24;

    private Passwords() {}

    public static String next() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
