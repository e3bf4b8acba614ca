package io.errand.testing;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Administrators, and what they do before a test begins. */
public final class Admins {

    private Admins() {}

    /** The token of a person with these roles, for example {@code errand.admin}. */
    public static String token(String... roles) {
        TestIssuer people = Surroundings.PEOPLE;
        return TestIssuer.sign(
                people.ec(),
                JWSAlgorithm.ES256,
                JOSEObjectType.JWT,
                people.claims(
                        "root",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin").claim("roles", List.of(roles))));
    }

    /** The service, as an administrator uses it. */
    public static Wire at(int port) {
        return Wire.at(port).as(token("errand.admin"));
    }

    /** An issuer's resource, to be changed and sent. */
    public static Map<String, Object> issuer(TestIssuer issuer, String purpose) {
        return new java.util.TreeMap<>(Map.of(
                "kind", "Issuer",
                "issuer", issuer.url(),
                "jwks", Map.of("discovery", true),
                "audiences", List.of("errand"),
                "max_token_age", Duration.ofHours(1).toString(),
                "purpose", purpose));
    }

    public static void register(int port, String name, Map<String, Object> issuer) {
        Wire.Answer answer = at(port).put("/admin/v1/issuers/" + name, issuer);
        if (answer.status() > 201) {
            throw new IllegalStateException(answer.status() + " " + answer.text());
        }
    }
}
