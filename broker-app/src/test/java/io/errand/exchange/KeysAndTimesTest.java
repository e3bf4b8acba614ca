package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What issuers may do by the RFCs and few of them do: keys of odd kinds and in odd numbers, times with a fraction, long subjects. */
@BrokerTest
class KeysAndTimesTest {

    private static final KeyPair ED25519 = pair();

    private final String issuer = Scene.name("odd");
    private final String url = "https://" + issuer + ".example";
    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Refusals refusals;

    KeysAndTimesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of("identities", List.of(Map.of("issuer", issuer, "subject", agent))));
        scene.permits();
    }

    @AfterEach
    void gone() {
        scene.admin().delete("/admin/v1/issuers/" + issuer + "?revoke=true");
    }

    @ParameterizedTest
    @CsvSource({
        "EdDSA,   ,        EdDSA",
        "EdDSA,   ,        Ed25519",
        "EdDSA,   EdDSA,   Ed25519",
        "Ed25519, Ed25519, EdDSA",
        "Ed25519, Ed25519, Ed25519",
        ",        Ed25519, Ed25519"
    })
    void ed25519IsEdDsa(String listed, String ofKey, String alg) {
        Map<String, Object> key = ed25519("ed-1");
        if (ofKey != null) {
            key.put("alg", ofKey);
        }
        register(List.of(key), listed == null ? null : List.of(listed));

        granted(token(alg, "ed-1", Map.of()));
        refusals.assertRefused(
                Refusals.Expected.invalidRequest("algorithm_refused"),
                () -> exchange(token("Ed448", "ed-1", Map.of())));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKeyThatIsListedTwiceIsOne(boolean named) {
        Map<String, Object> again = ed25519("ed-1");
        again.put("use", "sig");
        register(List.of(ed25519("ed-1"), again, ed25519("ed-1")), null);

        granted(token("EdDSA", named ? "ed-1" : null, Map.of()));
    }

    @Test
    void twoKeysOfOneNameAreStillAmbiguous() throws Exception {
        Map<String, Object> other = new HashMap<>(new ECKeyGenerator(Curve.P_256)
                .keyID("ed-1")
                .generate()
                .toPublicJWK()
                .toJSONObject());
        Map<String, Object> another = new HashMap<>(new ECKeyGenerator(Curve.P_256)
                .keyID("ed-1")
                .generate()
                .toPublicJWK()
                .toJSONObject());
        register(List.of(other, another), null);

        refusals.assertRefused(
                Refusals.Expected.invalidRequest("key_mismatch"), () -> exchange(token("ES256", "ed-1", Map.of())));
    }

    @Test
    void keysOfUnknownKindsInAnInlineSetArePassedOver() throws Exception {
        ECKey forEncryption = new ECKeyGenerator(Curve.P_256).keyID("enc").generate();
        Map<String, Object> encryption =
                new HashMap<>(forEncryption.toPublicJWK().toJSONObject());
        encryption.put("use", "enc");
        register(
                List.of(
                        Map.of("kty", "AKP", "alg", "ML-DSA-44", "kid", "pq", "pub", "AA"),
                        Map.of("kty", "OKP", "crv", "X25519", "kid", "x", "x", "AA"),
                        Map.of("kty", "EC", "crv", "brainpoolP256r1", "kid", "b", "x", "AA", "y", "AA"),
                        encryption,
                        ed25519("ed-1")),
                null);

        granted(token("EdDSA", "ed-1", Map.of()));
    }

    @Test
    void aSetOfUnknownKindsAloneOrAMalformedKeyIsRefused() throws Exception {
        Map<String, Object> weak = new HashMap<>(new RSAKeyGenerator(1024, true)
                .keyID("weak")
                .generate()
                .toPublicJWK()
                .toJSONObject());

        Answer unknown = put(List.of(Map.of("kty", "AKP", "alg", "ML-DSA-44", "kid", "pq", "pub", "AA")), null);
        Answer malformed = put(List.of(ed25519("ed-1"), weak), null);
        Answer secret = put(List.of(ed25519("ed-1"), Map.of("kty", "oct", "k", "AAAA")), null);

        assertThat(unknown.json().path("member").asString()).isEqualTo("jwks.keys");
        assertThat(malformed.json().path("member").asString()).isEqualTo("jwks.keys[1]");
        assertThat(secret.json().path("member").asString()).isEqualTo("jwks.keys[1]");
        assertThat(secret.json().path("detail").asString()).contains("private or symmetric");
    }

    @Test
    void timesMayHaveAFractionWhichIsCutOff() {
        register(List.of(ed25519("ed-1")), null);
        long now = Instant.now().getEpochSecond();

        granted(token("EdDSA", "ed-1", Map.of("iat", now - 0.5, "nbf", now - 0.25, "exp", now + 60.75)));
        // The skew is 60 seconds, and the fraction adds nothing to it.
        refusals.assertRefused(
                Refusals.Expected.invalidRequest("expired"),
                () -> exchange(token("EdDSA", "ed-1", Map.of("iat", now - 600, "exp", now - 60.001))));
        refusals.assertRefused(
                Refusals.Expected.invalidRequest("expiry_invalid"),
                () -> exchange(token("EdDSA", "ed-1", Map.of("exp", 1.0e300))));
    }

    @Test
    void itEndsAfterItBeginsAndAfterItWasIssuedWhicheverOfTheseComesFirst() {
        register(List.of(ed25519("ed-1")), null);
        long now = Instant.now().getEpochSecond();

        granted(token("EdDSA", "ed-1", Map.of("iat", now - 30, "nbf", now - 90, "exp", now + 60)));
        granted(token("EdDSA", "ed-1", Map.of("iat", now - 90, "nbf", now - 30, "exp", now + 60)));
        for (String claim : List.of("iat", "nbf")) {
            Map<String, Object> times = new HashMap<>(Map.of("iat", now - 100, "exp", now + 10));
            times.put(claim, now + 20);
            refusals.assertRefused(
                    Refusals.Expected.invalidRequest("claims_contradict"),
                    () -> exchange(token("EdDSA", "ed-1", times)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 2048})
    void aSubjectIsAsLongAsAnAgentMayRegister(int length) {
        register(List.of(ed25519("ed-1")), null);
        String subject = (agent + ":" + "x".repeat(2048)).substring(0, length);
        scene.agent(agent, tool, Map.of("identities", List.of(Map.of("issuer", issuer, "subject", subject))));

        granted(token("EdDSA", "ed-1", Map.of("sub", subject)));
        refusals.assertRefused(
                Refusals.Expected.invalidRequest("subject_invalid"),
                () -> exchange(token("EdDSA", "ed-1", Map.of("sub", "x".repeat(2049)))));
    }

    private void register(List<Map<String, Object>> keys, @org.jspecify.annotations.Nullable List<String> algorithms) {
        Answer answer = put(keys, algorithms);
        assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
    }

    private Answer put(List<Map<String, Object>> keys, @org.jspecify.annotations.Nullable List<String> algorithms) {
        Map<String, Object> resource = new HashMap<>(Map.of(
                "issuer", url, "jwks", Map.of("keys", keys), "audiences", List.of("errand"), "purpose", "workload"));
        if (algorithms != null) {
            resource.put("algorithms", algorithms);
        }
        return scene.admin().put("/admin/v1/issuers/" + issuer, resource);
    }

    private void granted(String token) {
        JsonNode granted = Family.granted(exchange(token));
        assertThat(scene.verified(Family.token(granted)).path("client_id").asString())
                .isEqualTo(agent);
        scene.end(granted);
    }

    private Answer exchange(String token) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("subject_token", token);
        return scene.exchange(form);
    }

    /** Nimbus signs with Ed25519 by another library only. */
    private String token(String alg, @org.jspecify.annotations.Nullable String kid, Map<String, Object> shape) {
        Map<String, Object> header = new HashMap<>(Map.of("alg", alg, "typ", "JWT"));
        if (kid != null) {
            header.put("kid", kid);
        }
        long now = Instant.now().getEpochSecond();
        Map<String, Object> claims = new HashMap<>(Map.of(
                "iss",
                url,
                "sub",
                agent,
                "aud",
                "errand",
                "iat",
                now,
                "exp",
                now + 300,
                "jti",
                UUID.randomUUID().toString()));
        claims.putAll(shape);
        String signed = part(header) + "." + part(claims);
        return signed + "." + encoded(signature(ED25519.getPrivate(), signed));
    }

    private static String part(Map<String, Object> json) {
        return encoded(Json.mapper().writeValueAsBytes(json));
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] signature(PrivateKey key, String text) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key);
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The key is the end of its SubjectPublicKeyInfo (RFC 8410 §4). */
    private static Map<String, Object> ed25519(String kid) {
        byte[] encoded = ED25519.getPublic().getEncoded();
        return new HashMap<>(Map.of(
                "kty",
                "OKP",
                "crv",
                "Ed25519",
                "kid",
                kid,
                "x",
                encoded(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length))));
    }

    private static KeyPair pair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
