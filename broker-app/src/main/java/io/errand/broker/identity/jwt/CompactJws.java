package io.errand.broker.identity.jwt;

import io.errand.api.Json;
import io.errand.broker.crypto.Base64Url;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.Verification.Rejected;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A JWS in compact form (RFC 7515 §7.1), read strictly and not verified: there is one way to write every token, so that nobody
 * else who reads it can have seen another one.
 *
 * @param signed the bytes under the signature
 * @param claims read only, to the depth
 * @param jwk the key that a proof of possession brings along (RFC 9449 §4.2); null: it is no proof
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and they do not leave the room
public record CompactJws(
        String alg,
        @Nullable String kid,
        @Nullable String typ,
        Map<String, Object> claims,
        byte[] signed,
        byte[] signature,
        @Nullable Map<String, Object> jwk) {

    static final int MAX_BYTES = 16 * 1024;

    static final int MAX_PROOF_BYTES = 8 * 1024;

    /** A list of a million entries that could not be compressed has 175 KB. */
    public static final int MAX_STATUS_LIST_BYTES = 512 * 1024;

    private static final int MAX_DEPTH = 16;

    /** Keys that a token brings along say nothing about who signed it (RFC 8725 §3.10); no issuer needs them. */
    private static final List<String> KEY_HEADERS = List.of("jwk", "jku", "x5u", "x5c");

    private static final List<String> KEY_HEADERS_OF_PROOF = List.of("jku", "x5u", "x5c");

    public sealed interface Reading {}

    public record Read(CompactJws jws) implements Reading {}

    public record Unreadable(Rejected why) implements Reading {}

    public static Reading read(String token) {
        return read(token, MAX_BYTES, KEY_HEADERS);
    }

    /** A proof is the one kind of JWS that must bring its key along, since that key is all that it speaks for. */
    public static Reading readProof(String proof) {
        return read(proof, MAX_PROOF_BYTES, KEY_HEADERS_OF_PROOF);
    }

    /** A status list, which is the one kind that is larger than a token. */
    public static Reading readStatusList(String list) {
        return read(list, MAX_STATUS_LIST_BYTES, KEY_HEADERS);
    }

    /** As it was sent, since there is one way to write it. */
    public String text() {
        return new String(signed, StandardCharsets.US_ASCII)
                + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    private static Reading read(String token, int most, List<String> forbidden) {
        if (token.length() > most) {
            return unreadable(Reason.TOKEN_TOO_LARGE, "The token is larger than " + most + " bytes.");
        }
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        long dots = token.chars().filter(c -> c == '.').count();
        if (dots == 4) {
            return unreadable(Reason.TOKEN_ENCRYPTED, "The token has five parts; encrypted tokens are not accepted.");
        }
        if (dots != 2) {
            return unreadable(Reason.TOKEN_MALFORMED, "The token does not have three parts.");
        }
        Optional<byte[]> header = Base64Url.decode(token.substring(0, first));
        Optional<byte[]> claims = Base64Url.decode(token.substring(first + 1, second));
        Optional<byte[]> signature = Base64Url.decode(token.substring(second + 1));
        if (header.isEmpty() || claims.isEmpty() || signature.isEmpty()) {
            return unreadable(Reason.TOKEN_MALFORMED, "A part of the token is not base64url as RFC 7515 §2 has it.");
        }
        Map<String, Object> head = object(header.get());
        if (head == null) {
            return unreadable(Reason.HEADER_MALFORMED, "The token's header is not a strict JSON object.");
        }
        Map<String, Object> body = object(claims.get());
        byte[] signed = token.substring(0, second).getBytes(StandardCharsets.US_ASCII);
        return refusedHeader(head, forbidden)
                .<Reading>map(Unreadable::new)
                .orElseGet(() -> body == null
                        ? unreadable(Reason.CLAIMS_MALFORMED, "The token's claims are not a strict JSON object.")
                        : new Read(of(head, body, signed, signature.get())));
    }

    private static CompactJws of(
            Map<String, Object> header, Map<String, Object> claims, byte[] signed, byte[] signature) {
        return new CompactJws(
                String.valueOf(header.get("alg")),
                (String) header.get("kid"),
                (String) header.get("typ"),
                claims,
                signed,
                signature,
                jwk(header));
    }

    @SuppressWarnings("unchecked") // a JSON object's keys are text
    private static @Nullable Map<String, Object> jwk(Map<String, Object> header) {
        return header.get("jwk") instanceof Map<?, ?> jwk ? (Map<String, Object>) jwk : null;
    }

    private static Optional<Rejected> refusedHeader(Map<String, Object> header, List<String> forbidden) {
        if (header.containsKey("crit")) {
            return Optional.of(Reason.HEADER_CRITICAL.because("The header has crit; no extension is known here."));
        }
        if (header.containsKey("b64")) {
            return Optional.of(
                    Reason.HEADER_CRITICAL.because("The header has b64, which a JWT has not (RFC 7797 §7)."));
        }
        if (header.containsKey("zip") || header.containsKey("enc")) {
            return Optional.of(Reason.HEADER_COMPRESSED.because("The header has zip or enc, which a JWS has not."));
        }
        for (String member : forbidden) {
            if (header.containsKey(member)) {
                return Optional.of(Reason.HEADER_KEY.because("The header has " + member + "; it names its own key."));
            }
        }
        if (!(header.get("alg") instanceof String)
                || !isTextOrAbsent(header, "kid")
                || !isTextOrAbsent(header, "typ")) {
            return Optional.of(Reason.HEADER_MALFORMED.because("alg, kid and typ of a header are text."));
        }
        return Optional.empty();
    }

    private static boolean isTextOrAbsent(Map<String, Object> header, String member) {
        return !header.containsKey(member) || header.get(member) instanceof String;
    }

    private static Reading unreadable(Reason reason, String detail) {
        return new Unreadable(reason.because(detail));
    }

    /** Decoded before it is parsed: the parser would guess UTF-16 and UTF-32 from bytes. */
    private static @Nullable Map<String, Object> object(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return Json.mapper().readValue(text, Object.class) instanceof Map<?, ?> map ? frozen(map, 1) : null;
        } catch (CharacterCodingException | JacksonException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Makes it read only in place, and throws where it is too deep or holds what is not text. */
    @SuppressWarnings("unchecked") // a JSON object's keys are text
    private static Map<String, Object> frozen(Map<?, ?> object, int depth) {
        Map<String, Object> map = (Map<String, Object>) object;
        map.keySet().forEach(CompactJws::requireText);
        map.replaceAll((name, value) -> frozen(value, depth));
        return Collections.unmodifiableMap(map);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // JSON's null stays what it is
    private static Object frozen(Object value, int depth) {
        if (depth == MAX_DEPTH && (value instanceof Map || value instanceof List)) {
            throw new IllegalArgumentException("too deep");
        }
        return switch (value) {
            case Map<?, ?> map -> frozen(map, depth + 1);
            case List<?> list -> {
                ((List<Object>) list).replaceAll(item -> frozen(item, depth + 1));
                yield Collections.unmodifiableList(list);
            }
            case String text -> requireText(text);
            case null -> null;
            default -> value;
        };
    }

    private static String requireText(String text) {
        if (!Json.isStorable(text)) {
            throw new IllegalArgumentException("not text");
        }
        return text;
    }
}
