package io.errand.testing;

import com.nimbusds.jose.JWSObject;
import io.errand.testing.Wire.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;
import java.util.zip.InflaterInputStream;
import tools.jackson.databind.JsonNode;

/** A verifier as the draft describes it, written from its text: section 8.3 (validation rules) and section 4 (the list). */
public final class StatusListReader {

    public static final int VALID = 0;
    public static final int INVALID = 1;

    private final Scene scene;

    public StatusListReader(Scene scene) {
        this.scene = scene;
    }

    /** The status of a token whose signature was checked already. */
    public int status(JsonNode claims) {
        JsonNode reference = claims.path("status").path("status_list");
        return entry(
                list(reference.path("uri").asString()), reference.path("idx").asInt(-1));
    }

    /** The claims of the list at this address. */
    public JsonNode list(String uri) {
        Answer answer = scene.anonymous()
                .with("Accept", "application/statuslist+jwt")
                .get(uri.substring(BrokerTest.ISSUER.length()));
        if (answer.status() != 200 || !answer.header("Content-Type").equals("application/statuslist+jwt")) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        JsonNode claims = scene.verified(answer.text());
        long now = Instant.now().getEpochSecond();
        if (!"statuslist+jwt".equals(type(answer.text()))
                || !uri.equals(claims.path("sub").asString())
                || claims.path("iat").asLong() > now + 1
                || claims.path("exp").asLong() <= now) {
            throw new AssertionError(answer.text());
        }
        return claims;
    }

    private static String type(String jwt) {
        try {
            return JWSObject.parse(jwt).getHeader().getType().getType();
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }

    public static int entry(JsonNode list, int index) {
        int bits = list.path("status_list").path("bits").asInt();
        byte[] all = inflated(list);
        int perByte = Byte.SIZE / bits;
        if (index < 0 || index / perByte >= all.length) {
            throw new AssertionError("The index is outside of the list: " + index);
        }
        return (all[index / perByte] >> (index % perByte * bits)) & ((1 << bits) - 1);
    }

    /** The list's bytes. */
    public static byte[] inflated(JsonNode list) {
        byte[] compressed = Base64.getUrlDecoder()
                .decode(list.path("status_list").path("lst").asString());
        try (InflaterInputStream zlib = new InflaterInputStream(new ByteArrayInputStream(compressed))) {
            return zlib.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
