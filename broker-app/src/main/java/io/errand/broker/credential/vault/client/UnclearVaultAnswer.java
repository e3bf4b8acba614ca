package io.errand.broker.credential.vault.client;

import io.github.jopenlibs.vault.json.Json;
import io.github.jopenlibs.vault.json.JsonValue;
import io.github.jopenlibs.vault.json.ParseException;
import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An answer of Vault that is neither yes nor no. It passes through the driver as an exception, because the driver drops headers. */
final class UnclearVaultAnswer extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    private static final int LONGEST = 300;

    private final int status;
    private final @Nullable Duration after;

    UnclearVaultAnswer(int status, String body, @Nullable Duration after) {
        super(words(body));
        this.status = status;
        this.after = after;
    }

    /** Vault's own words, or the beginning of a page of something that stands before it. */
    private static String words(String body) {
        String text = body;
        try {
            JsonValue value = Json.parse(body);
            String errors = value.isObject() ? Reply.errors(value.asObject()) : "";
            text = errors.isEmpty() ? body : errors;
        } catch (ParseException e) {
            // no JSON: shown as it is
        }
        return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    }

    Reply.Busy asReply() {
        return new Reply.Busy(status, String.valueOf(getMessage()).strip(), after);
    }
}
