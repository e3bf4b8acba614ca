package io.errand.broker.shared.outbound;

import io.errand.broker.shared.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs as standard-webhooks has it: {@code v1}, HMAC-SHA256 over {@code id.timestamp.body}. */
public record WebhookSignature(Secret secret) {

    private static final String PREFIX = "whsec_";
    private static final int MIN_BYTES = 24;
    private static final int MAX_BYTES = 64;

    /** @param key what the file is configured as, for the message */
    public static WebhookSignature read(String key, Path file) {
        try {
            String text = Files.readString(file).strip();
            int bytes = text.startsWith(PREFIX) ? key(text).length : 0;
            if (bytes >= MIN_BYTES && bytes <= MAX_BYTES) {
                return new WebhookSignature(new Secret(text));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(key + " cannot be read as " + PREFIX + " and base64", e);
        }
        throw new IllegalArgumentException(key + " must hold " + PREFIX + " and the base64 of 24 to 64 bytes");
    }

    /** The header {@code webhook-signature}. */
    public String of(String id, long timestamp, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key(secret.reveal()), "HmacSHA256"));
            byte[] signed = mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(signed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] key(String text) {
        return Base64.getDecoder().decode(text.substring(PREFIX.length()));
    }
}
