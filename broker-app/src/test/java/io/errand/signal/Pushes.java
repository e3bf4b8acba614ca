package io.errand.signal;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A transmitter of security events, as the service sees it: tokens of its own, and requests that push them (RFC 8935). */
final class Pushes {

    static final String SESSION_REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    static final String ACCOUNT_DISABLED = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    static final String TYPE = "application/secevent+jwt";

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final String base;
    private final String name;
    private final TestIssuer issuer;

    Pushes(int port, String name, TestIssuer issuer) {
        this.base = "http://127.0.0.1:" + port;
        this.name = name;
        this.issuer = issuer;
    }

    /** A good token about a subject. */
    String token(String type, Map<String, Object> subject) {
        return token(type, subject, claims -> {});
    }

    String token(String type, Map<String, Object> subject, Consumer<JWTClaimsSet.Builder> shape) {
        return signed(claims(type, subject, shape));
    }

    JWTClaimsSet claims(String type, Map<String, Object> subject, Consumer<JWTClaimsSet.Builder> shape) {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer(issuer.url())
                .audience("the-broker")
                .issueTime(Date.from(Instant.now()))
                .jwtID(UUID.randomUUID().toString())
                .claim("sub_id", subject)
                .claim("events", Map.of(type, Map.of("event_timestamp", 1_700_000_000)));
        shape.accept(claims);
        return claims.build();
    }

    String signed(JWTClaimsSet claims) {
        return TestIssuer.sign(issuer.ec(), JWSAlgorithm.ES256, new JOSEObjectType("secevent+jwt"), claims);
    }

    Answer push(String token) {
        return push(name, token, TYPE, null);
    }

    Answer push(String to, String token, @Nullable String type, @Nullable String authorization) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "/ssf/v1/events/" + to))
                .timeout(Duration.ofSeconds(30))
                .POST(BodyPublishers.ofString(token));
        if (type != null) {
            request.header("Content-Type", type);
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        try {
            HttpResponse<String> answer = CLIENT.send(request.build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.headers(), answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static Map<String, Object> issSub(String iss, String sub) {
        return Map.of("format", "iss_sub", "iss", iss, "sub", sub);
    }
}
