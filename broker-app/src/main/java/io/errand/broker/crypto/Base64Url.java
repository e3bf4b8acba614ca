package io.errand.broker.crypto;

import java.util.Base64;
import java.util.Optional;

/** Base64url as RFC 7515 §2 has it: no padding, and one spelling for everything. */
public final class Base64Url {

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private Base64Url() {}

    /** The JDK's decoder accepts padding and stray bits in the last character; both would give one token two spellings. */
    public static Optional<byte[]> decode(String text) {
        int rest = text.length() % 4;
        if (text.indexOf('=') >= 0 || rest == 1) {
            return Optional.empty();
        }
        if (rest != 0) {
            int last = ALPHABET.indexOf(text.charAt(text.length() - 1));
            if ((last & (rest == 2 ? 0b1111 : 0b11)) != 0) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
