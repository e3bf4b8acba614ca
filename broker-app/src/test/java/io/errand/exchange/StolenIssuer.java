package io.errand.exchange;

import io.errand.testing.Scene;
import io.errand.testing.TestIssuer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** An issuer of a test's own, registered under a name of its own, that goes while tasks go on by its identities. */
record StolenIssuer(TestIssuer keys, String name) {

    static StolenIssuer of(Scene scene, String purpose) {
        StolenIssuer issuer = new StolenIssuer(new TestIssuer(), Scene.name("stolen"));
        issuer.register(scene, purpose);
        return issuer;
    }

    void register(Scene scene, String purpose) {
        var answer = scene.admin().put("/admin/v1/issuers/" + name, resource(purpose));
        if (answer.status() / 100 != 2) {
            throw new AssertionError(answer.text());
        }
    }

    Map<String, Object> resource(String purpose) {
        return Map.of(
                "issuer",
                keys.url(),
                "jwks",
                Map.of("discovery", true),
                "audiences",
                List.of("errand"),
                "purpose",
                purpose);
    }

    /** A good token. */
    String token(String subject) {
        return keys.token(subject);
    }

    /** Of a person who used the client {@code portal}. */
    String person(String subject) {
        Consumer<com.nimbusds.jwt.JWTClaimsSet.Builder> portal = claims -> claims.claim("azp", "portal");
        return keys.token(subject, portal);
    }

    /** An identity of an agent. */
    Map<String, Object> identity(String subject) {
        return Map.of("issuer", name, "subject", subject);
    }
}
