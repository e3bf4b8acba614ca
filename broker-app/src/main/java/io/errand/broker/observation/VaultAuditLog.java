package io.errand.broker.observation;

import io.errand.api.Json;
import io.errand.api.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Records of Vault's audit devices, as JSON. Of each request only the answer is looked at. Whose a token is says its display name,
 * which is whatever its maker called it, behind {@code token-}: which token it is says the accessor, as the device hashes it.
 */
final class VaultAuditLog {

    private static final String HASHED = "hmac-sha256:";
    private static final Pattern LOGIN = Pattern.compile("auth/.{1,255}/login(/.{0,255})?");

    private VaultAuditLog() {}

    /** Empty: it is no answer, or nobody's. */
    static Optional<Observed> json(byte[] line) {
        JsonNode read;
        try {
            read = Json.mapper().readTree(line);
        } catch (JacksonException e) {
            return Optional.empty();
        }
        JsonNode auth = read.path("auth");
        JsonNode request = read.path("request");
        String token = token(auth, request);
        String path = text(request.path("namespace"), "path") + text(request, "path");
        if (!text(read, "type").equals("response") || token.isEmpty() || path.isEmpty()) {
            return Optional.empty();
        }
        String name = text(auth, "display_name");
        return Optional.of(new Observed(
                time(text(read, "time")),
                name.isEmpty() ? "unnamed" : Observed.clean(name),
                Observed.clean(token),
                what(text(read, "error"), path),
                Observed.clean(text(request, "operation")),
                Observed.clean(path),
                Observed.clean(text(request, "mount_type")),
                Observed.clean(text(request, "remote_address"))));
    }

    private static String what(String error, String path) {
        if (error.isEmpty()) {
            return LOGIN.matcher(path).matches() ? "login" : "request";
        }
        return error.contains("permission denied") ? "refused" : "error";
    }

    /** Its accessor or, where it has none, itself; a device that hashes neither is none of the broker's to repeat. */
    private static String token(JsonNode auth, JsonNode request) {
        for (String text : new String[] {
            text(auth, "accessor"),
            text(request, "client_token_accessor"),
            text(auth, "client_token"),
            text(request, "client_token")
        }) {
            if (!text.isEmpty()) {
                return text.startsWith(HASHED) ? text : "sha256:" + Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
            }
        }
        return "";
    }

    private static String text(JsonNode record, String member) {
        return record.path(member).isString() ? record.path(member).asString() : "";
    }

    private static @Nullable Instant time(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }
}
