package io.errand.quickstart.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.errand.api.Json;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The console and its user's browser, which do what a test tells them and follow no redirect. */
final class RelyingParty implements AutoCloseable {

    static final String BROKER = "http://127.0.0.1:9000";
    static final String REDIRECT_URI = BROKER + "/console/signed-in";
    static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    private final HttpClient http = HttpClient.newHttpClient();
    private final String issuer;
    private final String password;

    RelyingParty(DevelopmentIssuer issuer, Path data) throws Exception {
        this.issuer = issuer.tokens().people();
        this.password = Files.readString(DevelopmentIssuer.passwordFile(data)).strip();
    }

    JsonNode discovery() throws Exception {
        return Json.mapper()
                .readTree(get(issuer + "/.well-known/openid-configuration").body());
    }

    URI endpoint(String member) throws Exception {
        return URI.create(discovery().path(member).asString());
    }

    static String challenge() throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(VERIFIER.getBytes(StandardCharsets.US_ASCII));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    }

    /** A good authorization request. */
    static Map<String, String> request() throws Exception {
        return new LinkedHashMap<>(Map.of(
                "response_type", "code",
                "client_id", "errand-console",
                "redirect_uri", REDIRECT_URI,
                "scope", "openid",
                "state", "a state",
                "nonce", "a-nonce",
                "code_challenge", challenge(),
                "code_challenge_method", "S256"));
    }

    /** Somebody who knows the password. */
    Map<String, String> somebody(String person) {
        return new LinkedHashMap<>(Map.of("person", person, "password", password));
    }

    HttpResponse<String> page(Map<String, String> request) throws Exception {
        return get(endpoint("authorization_endpoint") + "?" + encoded(request));
    }

    HttpResponse<String> signIn(Map<String, String> request, Map<String, String> form) throws Exception {
        return post(endpoint("authorization_endpoint") + "?" + encoded(request), encoded(form));
    }

    String code(String person) throws Exception {
        return parameter(signIn(request(), somebody(person)), "code");
    }

    /** A good token request. */
    static Map<String, String> redemption(String code) {
        return new LinkedHashMap<>(Map.of(
                "grant_type", "authorization_code",
                "client_id", "errand-console",
                "redirect_uri", REDIRECT_URI,
                "code_verifier", VERIFIER,
                "code", code));
    }

    HttpResponse<String> redeem(Map<String, String> form) throws Exception {
        return post(endpoint("token_endpoint").toString(), encoded(form));
    }

    SignedJWT verified(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        SignedJWT token = SignedJWT.parse(
                Json.mapper().readTree(answer.body()).path("id_token").asString());
        JWKSet keys = JWKSet.load(endpoint("jwks_uri").toURL());
        assertThat(token.verify(new ECDSAVerifier(
                        keys.getKeyByKeyId(token.getHeader().getKeyID()).toECKey())))
                .isTrue();
        return token;
    }

    HttpResponse<String> get(String url) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String url, String body) throws Exception {
        return send("POST", url, "application/x-www-form-urlencoded", body);
    }

    HttpResponse<String> send(String method, String url, String type, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .header("Content-Type", type)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    static String encoded(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    static String location(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        return answer.headers().firstValue("Location").orElseThrow();
    }

    /** Of the redirect, which goes nowhere but to the console. */
    static @Nullable String parameterOrNull(HttpResponse<String> answer, String name) {
        String location = location(answer);
        assertThat(location).startsWith(REDIRECT_URI + "?");
        for (String pair : location.substring(location.indexOf('?') + 1).split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    static String parameter(HttpResponse<String> answer, String name) {
        String value = parameterOrNull(answer, name);
        assertThat(value).as(name + " in " + location(answer)).isNotNull();
        return String.valueOf(value);
    }

    @Override
    public void close() {
        http.close();
    }
}
