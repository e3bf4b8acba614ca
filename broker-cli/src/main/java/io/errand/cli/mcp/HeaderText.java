package io.errand.cli.mcp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The value of a header that repeats a member of the message (MCP 2026-07-28, Streamable HTTP, Value Encoding). */
final class HeaderText {

    private static final Pattern ENCODED = Pattern.compile("=\\?base64\\?(.*)\\?=");

    private HeaderText() {}

    /** Empty for what is no such encoding, or not the one that every reader would make of it. */
    static Optional<String> decoded(String value) {
        Matcher encoded = ENCODED.matcher(value);
        if (!encoded.matches()) {
            return Optional.of(value);
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(encoded.group(1));
            return Base64.getEncoder().encodeToString(bytes).equals(encoded.group(1))
                    ? Optional.of(StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString())
                    : Optional.empty();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
