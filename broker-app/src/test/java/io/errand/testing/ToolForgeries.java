package io.errand.testing;

import static io.errand.testing.Forgeries.claim;
import static io.errand.testing.Forgeries.forged;

import com.nimbusds.jose.jwk.Curve;
import io.errand.testing.Forgeries.Forgery;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The moves of public attack tools (jwt_tool's playbook) and of public vector sets (Wycheproof's JSON Web Signature tests), made anew
 * here with keys of our own: what those sets hold for other keys, and much that they hold not.
 */
final class ToolForgeries {

    private static final BigInteger ORDER = Curve.P_256.toECParameterSpec().getOrder();

    private ToolForgeries() {}

    static List<Forgery> all() {
        List<Forgery> all = new ArrayList<>();
        all.addAll(curves());
        all.addAll(headers());
        all.addAll(readings());
        all.addAll(wholes());
        all.addAll(claims());
        return all;
    }

    private static List<Forgery> curves() {
        String invalid = "signature_invalid";
        return List.of(
                ec("cut by four characters", s -> Arrays.copyOf(s, 61), invalid),
                ec("r and s exchanged", s -> join(half(s, 1), half(s, 0)), invalid),
                ec("s zero", s -> join(half(s, 0), new byte[32]), invalid),
                ec("r zero", s -> join(new byte[32], half(s, 1)), invalid),
                ec("r one, s one", s -> join(number(BigInteger.ONE), number(BigInteger.ONE)), invalid),
                ec("s the order of the curve", s -> join(half(s, 0), number(ORDER)), invalid),
                ec(
                        "r and the order of the curve minus one",
                        s -> join(number(ORDER.subtract(BigInteger.ONE)), half(s, 1)),
                        invalid),
                ec("all bits set", s -> filled(64), invalid),
                ec("r and s of 33 bytes", s -> join(lead(half(s, 0)), lead(half(s, 1))), invalid),
                ec("of P-384's length", s -> Arrays.copyOf(s, 96), invalid),
                forged("ES256 signature: of another good token", ToolForgeries::ofAnother, invalid),
                alg("EdDSA with an EC key", "EdDSA", "ec-1", "key_mismatch"),
                alg("ES256K", "ES256K", "ec-1", "algorithm_refused"),
                alg("alg with white space", "ES256 ", "ec-1", "algorithm_refused"),
                alg("empty alg", "", "ec-1", "algorithm_refused"),
                alg("an algorithm of encryption", "RSA-OAEP", "rsa-1", "algorithm_refused"),
                alg("a password's algorithm", "PBES2-HS256+A128KW", "rsa-1", "algorithm_refused"),
                alg("HMAC over nothing", "HS256", "/dev/null", "algorithm_refused"));
    }

    private static List<Forgery> headers() {
        return List.of(
                header("no alg", h -> h.remove("alg"), "header_malformed"),
                header("alg null", h -> h.put("alg", null), "header_malformed"),
                header("alg a list of names", h -> h.put("alg", List.of("none", "ES256")), "header_malformed"),
                header("empty kid", h -> h.put("kid", ""), "key_unknown"),
                header("kid null", h -> h.put("kid", null), "header_malformed"),
                header("kid in another case", h -> h.put("kid", "EC-1"), "key_unknown"),
                header("kid with white space", h -> h.put("kid", "ec-1 "), "key_unknown"),
                header("kid with a line feed", h -> h.put("kid", "ec-1\r\nx: y"), "key_unknown"),
                header("kid that is a command", h -> h.put("kid", "| sleep 10"), "key_unknown"),
                header("kid that is an address", h -> h.put("kid", "https://attacker.example/key"), "key_unknown"),
                header("kid of 10,000 characters", h -> h.put("kid", "k".repeat(10_000)), "key_unknown"),
                header(
                        "x5t and jku",
                        h -> h.putAll(Map.of("x5t", "AAAA", "jku", "http://169.254.169.254/")),
                        "header_key"),
                header("jwk null", h -> h.put("jwk", null), "header_key"),
                header(
                        "crit that names b64",
                        h -> h.putAll(Map.of("crit", List.of("b64"), "b64", false)),
                        "header_critical"),
                header("b64 alone (RFC 7797 section 7)", h -> h.put("b64", false), "header_critical"),
                header("enc", h -> h.put("enc", "A256GCM"), "header_compressed"),
                header("typ of a DPoP proof", h -> h.put("typ", "dpop+jwt"), "type_mismatch"),
                header("typ of a logout token", h -> h.put("typ", "logout+jwt"), "type_mismatch"),
                header("typ of an introspection answer", h -> h.put("typ", "token-introspection+jwt"), "type_mismatch"),
                header("typ that only ends well", h -> h.put("typ", "x/jwt"), "type_mismatch"));
    }

    /** JSON that readers disagree about. */
    private static List<Forgery> readings() {
        String head = "header_malformed";
        String body = "claims_malformed";
        return List.of(
                rawHeader(
                        "alg twice, once in escapes",
                        "{\"alg\":\"ES256\",\"\\u0061lg\":\"none\",\"kid\":\"ec-1\"}",
                        head),
                rawHeader("byte order mark", "\uFEFF{\"alg\":\"ES256\",\"kid\":\"ec-1\"}", head),
                rawHeader("comment", "{\"alg\":\"ES256\",/*x*/\"kid\":\"ec-1\"}", head),
                rawHeader("trailing comma", "{\"alg\":\"ES256\",\"kid\":\"ec-1\",}", head),
                rawHeader("single quotes", "{'alg':'ES256','kid':'ec-1'}", head),
                rawHeader("two documents", "{\"alg\":\"ES256\",\"kid\":\"ec-1\"}{}", head),
                rawHeader("an array", "[{\"alg\":\"ES256\",\"kid\":\"ec-1\"}]", head),
                rawHeader("null", "null", head),
                text("NaN for exp", "\"exp\":", "\"x\":NaN,\"exp\":", body),
                text("a number of 101 digits", "\"exp\":", "\"x\":" + "9".repeat(101) + ",\"exp\":", body),
                text("a number that begins with zero", "\"exp\":", "\"exp\":0", body),
                text("exp twice, once in escapes", "\"exp\":", "\"e\\u0078p\":9999999999,\"exp\":", body),
                text("a tab in a text", "forger", "for\tger", body),
                text("byte order mark", "{\"iss", "\uFEFF{\"iss", body),
                forged(
                        "claims that are a token (nested JWT)",
                        f -> f.claims(f.signed()).signed(),
                        body),
                forged("claims that are nothing", f -> f.claims("").signed(), body));
    }

    /** The token as a whole. */
    private static List<Forgery> wholes() {
        String malformed = "token_malformed";
        return List.of(
                whole("payload left out", t -> t.replaceFirst("\\.[^.]*\\.", ".."), "claims_malformed"),
                whole("header left out", t -> t.substring(t.indexOf('.')), "header_malformed"),
                whole("signature and its dot left out", t -> t.substring(0, t.lastIndexOf('.')), malformed),
                whole("with its scheme", t -> "Bearer " + t, malformed),
                whole("in quotes", t -> '"' + t + '"', malformed),
                whole("byte order mark", t -> "\uFEFF" + t, malformed),
                whole("percent-encoded dots", t -> t.replace(".", "%2E"), malformed),
                whole("full-width dots", t -> t.replace('.', '\uFF0E'), malformed),
                whole("a letter that only looks alike", t -> t.replaceFirst("e", "\u0435"), malformed),
                whole("twice, with a space between", t -> t + " " + t, "token_encrypted"),
                whole("twice, with a comma between", t -> t + "," + t, "token_encrypted"),
                whole(
                        "parts in another order",
                        t -> String.join(".", t.split("\\.")[1], t.split("\\.")[0], t.split("\\.")[2]),
                        "header_malformed"),
                whole("flattened JSON serialization", ToolForgeries::flattened, malformed),
                whole(
                        "general JSON serialization",
                        t -> flattened(t).replace("\"signature\"", "\"signatures\""),
                        malformed),
                whole("SD-JWT with a disclosure", t -> t + "~WyJzYWx0Il0~", malformed));
    }

    private static List<Forgery> claims() {
        return List.of(
                claim("exp as an exponent", c -> c.put("exp", 9.9e9), "lifetime_too_long"),
                claim("exp true", c -> c.put("exp", true), "expiry_invalid"),
                claim("exp null", c -> c.put("exp", null), "expiry_invalid"),
                claim("exp zero", c -> c.put("exp", 0), "expiry_invalid"),
                claim("exp in a list", c -> c.put("exp", List.of(c.get("exp"))), "expiry_invalid"),
                claim("iat negative", c -> c.put("iat", -1), "not_yet_valid"),
                claim("nbf null", c -> c.put("nbf", null), "not_yet_valid"),
                claim("aud in two lists", c -> c.put("aud", List.of(List.of("errand"))), "audience_mismatch"),
                claim("aud an object", c -> c.put("aud", Map.of("errand", true)), "audience_mismatch"),
                claim(
                        "aud with null beside ours",
                        c -> c.put("aud", Arrays.asList("errand", null)),
                        "audience_mismatch"),
                claim("aud with white space", c -> c.put("aud", "errand "), "audience_mismatch"),
                claim("aud a pattern", c -> c.put("aud", "*"), "audience_mismatch"),
                claim("aud several in one text", c -> c.put("aud", "errand,other"), "audience_mismatch"),
                claim("sub of white space", c -> c.put("sub", " \t"), "subject_invalid"),
                claim("sub a list", c -> c.put("sub", List.of("forger")), "subject_invalid"),
                claim("sub null", c -> c.put("sub", null), "subject_invalid"),
                claim("iss a list", c -> c.put("iss", List.of(c.get("iss"))), "issuer_unknown"),
                claim("iss with a fragment", c -> c.put("iss", c.get("iss") + "#"), "issuer_unknown"),
                claim(
                        "iss with a user",
                        c -> c.put("iss", String.valueOf(c.get("iss")).replace("//", "//me@")),
                        "issuer_unknown"),
                claim("iss with white space", c -> c.put("iss", c.get("iss") + "\n"), "issuer_unknown"),
                claim(
                        "iss of localhost for 127.0.0.1",
                        c -> c.put("iss", String.valueOf(c.get("iss")).replace("127.0.0.1", "localhost")),
                        "issuer_unknown"),
                claim("jti null", c -> c.put("jti", null), "token_id_invalid"),
                claim("a thousand claims nested in lists", c -> c.put("x", nested(100)), "claims_malformed"),
                claim("typ of an offline token", c -> c.put("typ", "Offline"), "type_mismatch"));
    }

    private static Forgery ec(String name, UnaryOperator<byte[]> change, String reason) {
        return forged(
                "ES256 signature: " + name,
                f -> f.signed(change.apply(f.ecSignature(f.issuer().ec()))),
                reason);
    }

    private static Forgery alg(String name, String alg, String kid, String reason) {
        return forged(
                name,
                f -> f.header(h -> h.putAll(Map.of("alg", alg, "kid", kid))).signed(),
                reason);
    }

    private static Forgery header(String name, Consumer<Map<String, Object>> change, String reason) {
        return forged("header: " + name, f -> f.header(change).signed(), reason);
    }

    private static Forgery rawHeader(String name, String json, String reason) {
        return forged("header's JSON: " + name, f -> new ForgedToken(f.issuer(), json, f.claims()).signed(), reason);
    }

    private static Forgery text(String name, String from, String to, String reason) {
        return forged("claims' JSON: " + name, f -> f.textOfClaims(from, to).signed(), reason);
    }

    private static Forgery whole(String name, UnaryOperator<String> change, String reason) {
        Function<ForgedToken, String> made = f -> change.apply(f.signed());
        return forged("token: " + name, made, reason);
    }

    /** The same key's signature, over the same claims but one. */
    private static String ofAnother(ForgedToken f) {
        ForgedToken other = f.claims(c -> c.put("sub", "somebody-else"));
        return f.signed(other.ecSignature(f.issuer().ec()));
    }

    private static String flattened(String token) {
        String[] parts = token.split("\\.");
        return "{\"protected\":\"" + parts[0] + "\",\"payload\":\"" + parts[1] + "\",\"signature\":\"" + parts[2]
                + "\"}";
    }

    private static byte[] half(byte[] signature, int which) {
        return Arrays.copyOfRange(signature, 32 * which, 32 * which + 32);
    }

    private static byte[] lead(byte[] number) {
        return join(new byte[1], number);
    }

    private static byte[] join(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    private static byte[] number(BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] fixed = new byte[32];
        int length = Math.min(32, bytes.length);
        System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
        return fixed;
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xFF);
        return bytes;
    }

    private static Object nested(int depth) {
        Object value = new HashMap<>(Map.of("x", 1));
        for (int i = 0; i < depth; i++) {
            value = List.of(value);
        }
        return value;
    }
}
