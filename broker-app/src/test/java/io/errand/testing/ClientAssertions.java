package io.errand.testing;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Client assertions of the issuer {@code workloads}, and those that are none. */
public final class ClientAssertions {

    /** One that is refused, and why. */
    public record Forged(String token, String reason) {}

    private static final TestIssuer WORKLOADS = Surroundings.WORKLOADS;

    private ClientAssertions() {}

    public static String typed(String agent, String typ, Object audience) {
        return ForgedToken.of(WORKLOADS)
                .header(header -> header.put("typ", typ))
                .claims(good(agent, claims -> claims.put("aud", audience)))
                .signed();
    }

    public static String signed(JWTClaimsSet claims) {
        return TestIssuer.sign(WORKLOADS.ec(), JWSAlgorithm.ES256, JOSEObjectType.JWT, claims);
    }

    public static Map<String, Forged> forged(String agent) {
        Map<String, Forged> all = new LinkedHashMap<>();
        Forgeries.all().stream()
                .filter(one -> one.reason().startsWith("token_") || one.reason().startsWith("header_"))
                .filter(one -> !one.reason().equals("token_id_invalid"))
                .forEach(one -> all.put(one.name(), new Forged(one.token().apply(WORKLOADS), one.reason())));
        all.values().removeIf(one -> one.token().isEmpty());
        audiences().forEach((name, audience) -> all.put(name, claim(agent, "aud", audience, "assertion_audience")));
        long now = Instant.now().getEpochSecond();
        all.put("expired", claim(agent, "exp", now - 61, "expired"));
        all.put("no end", claim(agent, "exp", null, "expiry_invalid"));
        all.put("an end too far", claim(agent, "exp", now + 86_400, "lifetime_too_long"));
        all.put("not begun", claim(agent, "nbf", now + 600, "not_yet_valid"));
        all.put(
                "ends before it begins",
                new Forged(
                        ForgedToken.of(WORKLOADS)
                                .claims(good(agent, claims -> claims.putAll(Map.of("exp", now + 20, "nbf", now + 40))))
                                .signed(),
                        "claims_contradict"));
        all.put("of nobody", claim(agent, "sub", null, "subject_invalid"));
        all.put("of a stranger", claim(agent, "iss", "https://attacker.example", "issuer_unknown"));
        all.put("of a person", claim(agent, "iss", Surroundings.PEOPLE.url(), "issuer_purpose"));
        all.put("jti that is a number", claim(agent, "jti", 1, "token_id_invalid"));
        all.put("an access token", new Forged(typed(agent, "at+jwt", BrokerTest.ISSUER), "type_mismatch"));
        all.put("a DPoP proof", new Forged(typed(agent, "dpop+jwt", BrokerTest.ISSUER), "type_mismatch"));
        all.put(
                "a token of ours",
                new Forged(typed(agent, "errand-delegation+jwt", BrokerTest.ISSUER), "type_mismatch"));
        all.put("no signature", new Forged(good(agent).signed(new byte[0]), "signature_invalid"));
        all.put("r and s zero", new Forged(good(agent).signed(new byte[64]), "signature_invalid"));
        return all;
    }

    /** RFC 10070: our issuer identifier, in its one spelling, and nothing beside it. */
    private static Map<String, Object> audiences() {
        String ours = BrokerTest.ISSUER;
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("aud our token endpoint", ours + "/oauth2/token");
        all.put("aud us and our token endpoint", List.of(ours, ours + "/oauth2/token"));
        all.put("aud us and another", List.of(ours, "https://other.example"));
        all.put("aud us twice", List.of(ours, ours));
        all.put("aud us with a slash", ours + "/");
        all.put("aud us in upper case", "https://ERRAND.test");
        all.put("aud that starts with us", ours + ".evil");
        all.put("aud of workload tokens", "errand");
        all.put("aud of administrators", ours + "/admin");
        all.put("aud of nobody", List.of());
        all.put("aud that is an object", Map.of("aud", ours));
        return all;
    }

    private static Forged claim(String agent, String name, @Nullable Object value, String reason) {
        return new Forged(
                ForgedToken.of(WORKLOADS)
                        .claims(good(agent, claims -> {
                            if (value == null) {
                                claims.remove(name);
                            } else {
                                claims.put(name, value);
                            }
                        }))
                        .signed(),
                reason);
    }

    private static ForgedToken good(String agent) {
        return ForgedToken.of(WORKLOADS).claims(good(agent, claims -> {}));
    }

    private static Consumer<Map<String, Object>> good(String agent, Consumer<Map<String, Object>> change) {
        return claims -> {
            claims.put("sub", agent);
            claims.put("aud", BrokerTest.ISSUER);
            change.accept(claims);
        };
    }
}
