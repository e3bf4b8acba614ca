package io.errand.broker.key;

import io.errand.broker.crypto.Base64Url;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A token as it may be one of ours: three parts of base64url (RFC 7515 §7.1).
 *
 * @param header as it is spelled
 * @param claims likewise
 * @param signature likewise, the one spelling that it has
 */
record OwnToken(String header, String claims, String signature) {

    static Optional<OwnToken> split(String token) {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first <= 0 || second <= first + 1 || token.indexOf('.', second + 1) >= 0) {
            return Optional.empty();
        }
        OwnToken parts = new OwnToken(
                token.substring(0, first), token.substring(first + 1, second), token.substring(second + 1));
        return Base64Url.decode(parts.signature())
                .filter(bytes -> bytes.length > 0)
                .map(bytes -> parts);
    }

    /** The bytes under the signature. */
    byte[] signed() {
        return (header + '.' + claims).getBytes(StandardCharsets.US_ASCII);
    }
}
