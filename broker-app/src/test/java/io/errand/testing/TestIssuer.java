package io.errand.testing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An OIDC issuer with a real discovery document and key set, over HTTP, whose tokens a test shapes. */
public final class TestIssuer implements AutoCloseable {

    private final HttpServer server;
    private final String url;
    private final ECKey ec;
    private final RSAKey rsa;
    private final List<JWK> published = new CopyOnWriteArrayList<>();
    private final List<String> moreOfBundle = new CopyOnWriteArrayList<>();
    private final AuthorizationCodes codes = new AuthorizationCodes();
    private final AtomicInteger keyRequests = new AtomicInteger();

    public TestIssuer() {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            url = "http://127.0.0.1:" + server.getAddress().getPort();
            ec = new ECKeyGenerator(Curve.P_256).keyID("ec-1").generate();
            rsa = new RSAKeyGenerator(2048).keyID("rsa-1").generate();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        published.add(ec);
        published.add(rsa);
        answer(
                "/.well-known/openid-configuration",
                () -> Json.mapper()
                        .writeValueAsString(Map.of(
                                "issuer", url,
                                "jwks_uri", url + "/jwks",
                                "authorization_endpoint", url + "/authorize",
                                "token_endpoint", url + "/token")));
        answer("/jwks", () -> {
            keyRequests.incrementAndGet();
            return new JWKSet(published).toString(true);
        });
        answer("/bundle", this::bundle);
        codes.serve(server);
        server.start();
    }

    public String url() {
        return url;
    }

    public ECKey ec() {
        return ec;
    }

    public RSAKey rsa() {
        return rsa;
    }

    /** What {@code /jwks} answers; tests add and remove keys. */
    public List<JWK> published() {
        return published;
    }

    /** What people who sign in in a browser come back with. */
    public AuthorizationCodes codes() {
        return codes;
    }

    /** How often the key set was asked for. */
    public int keyRequests() {
        return keyRequests.get();
    }

    /** A good token: audience {@code errand}, five minutes, a fresh {@code jti}. */
    public String token(String subject) {
        return token(subject, claims -> {});
    }

    public String token(String subject, Consumer<JWTClaimsSet.Builder> shape) {
        return sign(ec, JWSAlgorithm.ES256, JOSEObjectType.JWT, claims(subject, shape));
    }

    /** The claims of a good token, shaped. */
    public JWTClaimsSet claims(String subject, Consumer<JWTClaimsSet.Builder> shape) {
        Instant now = Instant.now();
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer(url)
                .subject(subject)
                .audience("errand")
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)))
                .jwtID(UUID.randomUUID().toString());
        shape.accept(claims);
        return claims.build();
    }

    public static String sign(JWK key, JWSAlgorithm alg, @Nullable JOSEObjectType typ, JWTClaimsSet claims) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(alg).type(typ).keyID(key.getKeyID()).build(), claims);
            jwt.sign(key instanceof ECKey e ? new ECDSASigner(e) : new RSASSASigner(key.toRSAKey()));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a trust domain it has one key for JWT-SVIDs; the others in its bundle are for something else. */
    public String bundle() {
        return "{\"spiffe_sequence\":1,\"keys\":["
                + new ECKey.Builder(ec.toPublicJWK())
                        .keyUse(new KeyUse("jwt-svid"))
                        .build()
                + ","
                + new RSAKey.Builder(rsa.toPublicJWK())
                        .keyUse(new KeyUse("x509-svid"))
                        .build()
                + ","
                + new ECKey.Builder(ec.toPublicJWK()).keyID("ec-plain").build()
                + moreOfBundle.stream().map(entry -> "," + entry).collect(Collectors.joining())
                + "]}";
    }

    /** Another entry of the bundle, as JSON. */
    public void addToBundle(String entry) {
        moreOfBundle.add(entry);
    }

    /** What it answers at a path from now on. */
    public void answer(String path, java.util.function.Supplier<String> body) {
        server.createContext(path, exchange -> {
            byte[] bytes = body.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            try (var out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        });
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
