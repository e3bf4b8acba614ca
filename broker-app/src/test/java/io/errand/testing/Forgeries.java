package io.errand.testing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Tokens that nobody may ever accept, whatever they are presented as: of an issuer that is registered with audience
 * {@code errand}, the default algorithms and a {@code max_token_age} of an hour.
 */
public final class Forgeries {

    /**
     * One of them.
     *
     * @param reason why it is refused, as the audit log has it
     */
    public record Forgery(String name, Function<TestIssuer, String> token, String reason) {

        @Override
        public String toString() {
            return name + " → " + reason;
        }
    }

    private static final ECKey ATTACKER = attackersKey();

    /** The order of P-256, for the other spelling of a signature. */
    private static final BigInteger ORDER = Curve.P_256.toECParameterSpec().getOrder();

    private Forgeries() {}

    /** One of each check: enough where a token is only another one, and looked at in the same way. */
    public static Collection<Forgery> oneOfEachReason(TestIssuer issuer) {
        Map<String, Forgery> byReason = new TreeMap<>();
        all().stream()
                .filter(forgery -> !forgery.token().apply(issuer).isEmpty())
                .forEach(forgery -> byReason.putIfAbsent(forgery.reason(), forgery));
        return byReason.values();
    }

    public static List<Forgery> all() {
        List<Forgery> all = new ArrayList<>();
        all.addAll(signatures());
        all.addAll(headers());
        all.addAll(forms());
        all.addAll(claims());
        all.addAll(times());
        all.addAll(PlatformForgeries.kubernetes());
        all.addAll(PlatformForgeries.contradictions());
        all.addAll(ToolForgeries.all());
        all.addAll(PaddingForgeries.all());
        all.addAll(NumberForgeries.all());
        return all;
    }

    /** JWT-SVIDs that are none: of an issuer that is registered as the trust domain {@code forgeries.example}. */
    public static List<Forgery> spiffe() {
        return PlatformForgeries.spiffe();
    }

    private static List<Forgery> signatures() {
        return List.of(
                unsigned("none"),
                unsigned("None"),
                unsigned("NONE"),
                unsigned("nOnE"),
                forged("HMAC with the RSA public key", Forgeries::hmacWithPublicKey, "algorithm_refused"),
                forged("RS256 against an EC key of the same kid", f -> rsa(f, "ec-1"), "key_mismatch"),
                forged("ES256 against an RSA key", f -> kid(f, "rsa-1").signed(), "key_mismatch"),
                forged("HS256 spelled in lower case", f -> alg(f, "es256").signed(), "algorithm_refused"),
                forged(
                        "an algorithm that is not on the list",
                        f -> alg(f, "ES384").signed(),
                        "algorithm_refused"),
                forged("signature byte flipped", Forgeries::flipped, "signature_invalid"),
                forged("empty signature", f -> f.signed(new byte[0]), "signature_invalid"),
                forged("r and s zero", f -> f.signed(new byte[64]), "signature_invalid"),
                forged("r and s the order of the curve", f -> f.signed(orders()), "signature_invalid"),
                forged("DER instead of raw", f -> f.signed(f.derSignature()), "signature_invalid"),
                forged(
                        "signature and a byte",
                        f -> f.signed(Arrays.copyOf(f.ecSignature(f.issuer().ec()), 65)),
                        "signature_invalid"),
                forged("claims exchanged after signing", Forgeries::exchanged, "signature_invalid"),
                forged("signed by somebody else", f -> f.signed(f.ecSignature(ATTACKER)), "signature_invalid"),
                forged("unknown kid", f -> kid(f, "nobody").signed(), "key_unknown"),
                forged("kid with a path", f -> kid(f, "../../dev/null").signed(), "key_unknown"),
                forged("kid with SQL", f -> kid(f, "x' OR '1'='1").signed(), "key_unknown"));
    }

    private static List<Forgery> headers() {
        return List.of(
                header("jwk of the attacker", "jwk", ATTACKER.toPublicJWK().toJSONObject(), "header_key"),
                header("jku of the attacker", "jku", "https://attacker.example/jwks", "header_key"),
                header("x5u of the attacker", "x5u", "https://attacker.example/cert", "header_key"),
                header("x5c of the attacker", "x5c", List.of("MIIB"), "header_key"),
                header("crit with an unknown name", "crit", List.of("exp2"), "header_critical"),
                header("crit of nothing", "crit", List.of(), "header_critical"),
                header("zip", "zip", "DEF", "header_compressed"),
                header("kid that is a number", "kid", 1, "header_malformed"),
                header("alg that is a list", "alg", List.of("ES256"), "header_malformed"),
                header("typ of one of our own tokens", "typ", "errand-delegation+jwt", "type_mismatch"),
                header("typ of a security event", "typ", "secevent+jwt", "type_mismatch"),
                forged(
                        "header twice the same member",
                        f -> new ForgedToken(
                                        f.issuer(), "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"ec-1\"}", f.claims())
                                .signed(),
                        "header_malformed"));
    }

    private static List<Forgery> forms() {
        return List.of(
                forged("encrypted, five parts", f -> f.signed() + ".AAAA.AAAA", "token_encrypted"),
                forged("two parts", ForgedToken::input, "token_malformed"),
                forged("trailing dot", f -> f.signed() + ".", "token_malformed"),
                forged("nothing", f -> "", "token_malformed"),
                forged("dots alone", f -> "..", "header_malformed"),
                forged("white space inside", f -> f.signed().replaceFirst("\\.", ".\n"), "token_malformed"),
                forged("white space at the end", f -> f.signed() + " ", "token_malformed"),
                forged("padding", f -> f.signed() + "==", "token_malformed"),
                forged("base64 of the other alphabet", f -> f.input() + ".++//", "token_malformed"),
                forged("stray bits in the last character", Forgeries::strayBits, "token_malformed"),
                forged(
                        "larger than 16 KiB",
                        f -> f.claims(c -> c.put("x", "x".repeat(16_384))).signed(),
                        "token_too_large"),
                forged(
                        "claims in UTF-16",
                        f -> f.claims("{\"sub\":\"x\"}".getBytes(StandardCharsets.UTF_16LE))
                                .signed(),
                        "claims_malformed"),
                forged(
                        "claims in broken UTF-8",
                        f -> f.claims(new byte[] {'{', '"', (byte) 0xC0, (byte) 0x80, '"', ':', '1', '}'})
                                .signed(),
                        "claims_malformed"),
                forged(
                        "NUL in a claim",
                        f -> f.textOfClaims("forger", "for\\u0000ger").signed(),
                        "claims_malformed"),
                forged(
                        "lone surrogate in a claim",
                        f -> f.textOfClaims("forger", "for\\ud800ger").signed(),
                        "claims_malformed"),
                forged(
                        "lone surrogate in a member's name",
                        f -> f.textOfClaims("{\"iss", "{\"a\\udc00\":1,\"iss").signed(),
                        "claims_malformed"),
                forged(
                        "sub twice",
                        f -> f.textOfClaims("{\"iss", "{\"sub\":\"admin\",\"iss")
                                .signed(),
                        "claims_malformed"),
                forged(
                        "claims nested too deeply",
                        f -> f.claims(c -> c.put("x", deep(17))).signed(),
                        "claims_malformed"),
                forged("claims that are an array", f -> f.claims("[]").signed(), "claims_malformed"),
                forged("claims and more", f -> f.claims("{}{}").signed(), "claims_malformed"));
    }

    private static List<Forgery> claims() {
        return List.of(
                claim("no iss", c -> c.remove("iss"), "issuer_unknown"),
                claim("iss that is a number", c -> c.put("iss", 1), "issuer_unknown"),
                claim("iss of a stranger", c -> c.put("iss", "https://attacker.example"), "issuer_unknown"),
                claim("iss with a trailing slash", c -> c.put("iss", c.get("iss") + "/"), "issuer_unknown"),
                claim(
                        "iss in another case",
                        c -> c.put("iss", String.valueOf(c.get("iss")).toUpperCase(Locale.ROOT)),
                        "issuer_unknown"),
                claim(
                        "iss with a homoglyph",
                        c -> c.put("iss", String.valueOf(c.get("iss")).replace('h', 'һ')),
                        "issuer_unknown"),
                forged(
                        "task token of another deployment",
                        f -> f.header(h -> h.put("typ", "at+jwt"))
                                .claims(c -> c.put("iss", "https://other.errand.example"))
                                .signed(),
                        "issuer_unknown"),
                claim("no aud", c -> c.remove("aud"), "audience_mismatch"),
                claim("another's aud", c -> c.put("aud", "somebody"), "audience_mismatch"),
                claim("aud that only starts with ours", c -> c.put("aud", "errand-2"), "audience_mismatch"),
                claim("aud of nobody", c -> c.put("aud", List.of()), "audience_mismatch"),
                claim("aud with a number beside ours", c -> c.put("aud", List.of("errand", 1)), "audience_mismatch"),
                claim("aud of administrators", c -> c.put("aud", BrokerTest.ISSUER + "/admin"), "audience_mismatch"),
                claim(
                        "aud of administrators beside ours",
                        c -> c.put("aud", List.of("errand", BrokerTest.ISSUER + "/admin")),
                        "audience_admin"),
                claim("no sub", c -> c.remove("sub"), "subject_invalid"),
                claim("empty sub", c -> c.put("sub", ""), "subject_invalid"),
                claim("sub that is an object", c -> c.put("sub", Map.of("a", 1)), "subject_invalid"),
                claim("sub of 2049 bytes", c -> c.put("sub", "x".repeat(2049)), "subject_invalid"),
                claim("sub of 1025 letters of two bytes", c -> c.put("sub", "é".repeat(1025)), "subject_invalid"),
                claim("jti that is a number", c -> c.put("jti", 1), "token_id_invalid"),
                claim("refresh token", c -> c.put("typ", "Refresh"), "type_mismatch"));
    }

    private static List<Forgery> times() {
        return List.of(
                claim("no exp", c -> c.remove("exp"), "expiry_invalid"),
                claim("exp as text", c -> c.put("exp", String.valueOf(now() + 300)), "expiry_invalid"),
                claim("expired by more than the skew, in fractions", c -> c.put("exp", now() - 61.5), "expired"),
                claim("negative exp", c -> c.put("exp", -1), "expiry_invalid"),
                claim("exp 2^63", c -> c.put("exp", BigInteger.TWO.pow(63)), "expiry_invalid"),
                claim("exp 2^63 - 1", c -> c.put("exp", Long.MAX_VALUE), "expiry_invalid"),
                claim("expired by more than the skew", c -> c.put("exp", now() - 61), "expired"),
                claim("iat in the future", c -> c.put("iat", now() + 600), "not_yet_valid"),
                claim("nbf in the future", c -> c.put("nbf", now() + 600), "not_yet_valid"),
                claim("nbf as text", c -> c.put("nbf", "now"), "not_yet_valid"),
                claim("lifetime above max_token_age", c -> c.put("exp", now() + 3_700), "lifetime_too_long"),
                claim(
                        "no iat, and too much time left",
                        c -> {
                            c.remove("iat");
                            c.put("exp", now() + 7_200);
                        },
                        "lifetime_too_long"),
                claim("issued too long ago", c -> c.put("iat", now() - 86_400), "lifetime_too_long"));
    }

    static Forgery forged(String name, Function<ForgedToken, String> made, String reason) {
        return new Forgery(name, issuer -> made.apply(ForgedToken.of(issuer)), reason);
    }

    static Forgery claim(String name, Consumer<Map<String, Object>> change, String reason) {
        return forged(name, f -> f.claims(change).signed(), reason);
    }

    private static Forgery header(String name, String member, Object value, String reason) {
        return forged(name, f -> f.header(h -> h.put(member, value)).signed(), reason);
    }

    private static Forgery unsigned(String alg) {
        return forged("alg " + alg, f -> alg(f, alg).signed(new byte[0]), "algorithm_refused");
    }

    private static ForgedToken alg(ForgedToken f, String alg) {
        return f.header(h -> h.put("alg", alg));
    }

    static ForgedToken kid(ForgedToken f, String kid) {
        return f.header(h -> h.put("kid", kid));
    }

    private static String rsa(ForgedToken f, String kid) {
        ForgedToken rs256 = f.header(h -> h.putAll(Map.of("alg", "RS256", "kid", kid)));
        return rs256.signed(rs256.rsaSignature(f.issuer().rsa()));
    }

    private static String hmacWithPublicKey(ForgedToken f) {
        try {
            ForgedToken hs256 = f.header(h -> h.putAll(Map.of("alg", "HS256", "kid", "rsa-1")));
            return hs256.signed(hs256.hmac(f.issuer().rsa().toPublicKey().getEncoded()));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String flipped(ForgedToken f) {
        byte[] signature = f.ecSignature(f.issuer().ec());
        signature[10] ^= 1;
        return f.signed(signature);
    }

    private static String exchanged(ForgedToken f) {
        return f.claims(c -> c.put("sub", "admin"))
                .signed(f.ecSignature(f.issuer().ec()));
    }

    /** 64 bytes end in a character of two bits and four that must be zero. */
    private static String strayBits(ForgedToken f) {
        String token = f.signed();
        char last = token.charAt(token.length() - 1);
        return token.substring(0, token.length() - 1) + (char) (last + 1);
    }

    private static byte[] orders() {
        byte[] order = ORDER.toByteArray();
        byte[] both = new byte[64];
        System.arraycopy(order, order.length - 32, both, 0, 32);
        System.arraycopy(order, order.length - 32, both, 32, 32);
        return both;
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }

    private static Object deep(int levels) {
        Object value = 1;
        for (int i = 0; i < levels; i++) {
            value = List.of(value);
        }
        return value;
    }

    private static ECKey attackersKey() {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID("ec-1").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
