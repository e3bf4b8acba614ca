package io.errand.broker.oauth;

import io.errand.api.Json;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code application/x-www-form-urlencoded} as RFC 6749 appendix B has it: UTF-8, and nothing guessed. */
final class FormParameters {

    static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_PARAMETERS = 100;

    private FormParameters() {}

    /** Empty: it is not such a form. */
    static Optional<Map<String, String[]>> read(byte[] body) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        int count = 0;
        int start = 0;
        for (int i = 0; i <= body.length; i++) {
            if (i < body.length && body[i] != '&') {
                continue;
            }
            if (i > start) {
                int equals = start;
                while (equals < i && body[equals] != '=') {
                    equals++;
                }
                Optional<String> name = decode(body, start, equals);
                Optional<String> value = decode(body, Math.min(equals + 1, i), i);
                if (name.isEmpty() || value.isEmpty() || ++count > MAX_PARAMETERS) {
                    return Optional.empty();
                }
                parameters.computeIfAbsent(name.get(), n -> new ArrayList<>()).add(value.get());
            }
            start = i + 1;
        }
        Map<String, String[]> form = new LinkedHashMap<>();
        parameters.forEach((name, values) -> form.put(name, values.toArray(String[]::new)));
        return Optional.of(form);
    }

    private static Optional<String> decode(byte[] body, int from, int to) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(to - from);
        for (int i = from; i < to; i++) {
            if (body[i] == '+') {
                bytes.write(' ');
            } else if (body[i] == '%') {
                int high = i + 2 < to ? Character.digit(body[i + 1], 16) : -1;
                int low = i + 2 < to ? Character.digit(body[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    return Optional.empty();
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(body[i]);
            }
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
            return Json.isStorable(text) ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
