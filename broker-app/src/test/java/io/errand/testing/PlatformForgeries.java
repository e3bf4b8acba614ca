package io.errand.testing;

import io.errand.testing.Forgeries.Forgery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is wrong in the way of one platform: Kubernetes' projected tokens, and SPIFFE's. */
final class PlatformForgeries {

    private static final String ACCOUNT = "system:serviceaccount:";

    private PlatformForgeries() {}

    static List<Forgery> kubernetes() {
        return List.of(
                account("namespace other than the bound one", "ap:triage", bound("hr", "triage")),
                account("account other than the bound one", "ap:triage", bound("ap", "admin")),
                account(
                        "secret's namespace other than its own",
                        "ap:triage",
                        null,
                        Map.of("kubernetes.io/serviceaccount/namespace", "hr")),
                account(
                        "secret's account other than its own",
                        "ap:triage",
                        null,
                        Map.of("kubernetes.io/serviceaccount/service-account.name", "admin")),
                account("bound to no account", "ap:triage", Map.of("namespace", "ap")),
                account("bound to text", "ap:triage", "ap"),
                account("three parts after the prefix", "ap:triage:admin", null),
                account("no account", "ap", null),
                account("empty namespace", ":triage", null),
                account("namespace in upper case", "AP:triage", null),
                account("account with a path", "ap:../triage", null),
                Forgeries.claim(
                        "bound token of nobody",
                        c -> c.putAll(Map.of("sub", "triage", "kubernetes.io", bound("ap", "triage"))),
                        "subject_invalid"));
    }

    /** Tokens that say two things. */
    static List<Forgery> contradictions() {
        return List.of(
                contradicting("azp and client_id", Map.of("azp", "portal", "client_id", "other")),
                contradicting("client_id and cid", Map.of("client_id", "portal", "cid", "other")),
                contradicting("cid and appid", Map.of("cid", "portal", "appid", "other")),
                contradicting("azp and appid", Map.of("azp", "portal", "appid", "Portal")),
                contradicting("three clients", Map.of("azp", "portal", "client_id", "portal", "cid", "other")),
                contradicting(
                        "a list of clients and one of them", Map.of("azp", List.of("portal"), "client_id", "portal")),
                contradicting("ends before it was issued", () -> times(-10, "iat", 0)),
                contradicting("ends before it begins", () -> times(20, "nbf", 40)),
                contradicting("ends when it begins", () -> times(20, "nbf", 20)),
                contradicting("ends when it was issued", () -> times(-5, "iat", -5)));
    }

    /** Each of them within the clocks' difference, so that nothing is wrong with it alone. */
    private static Map<String, Object> times(long exp, String claim, long from) {
        long now = Instant.now().getEpochSecond();
        return Map.of("exp", now + exp, claim, now + from);
    }

    private static Forgery contradicting(String name, Map<String, Object> claims) {
        return contradicting(name, () -> claims);
    }

    private static Forgery contradicting(String name, Supplier<Map<String, Object>> claims) {
        return Forgeries.claim("contradiction: " + name, c -> c.putAll(claims.get()), "claims_contradict");
    }

    static List<Forgery> spiffe() {
        List<Forgery> all = new ArrayList<>();
        for (String id : List.of(
                "spiffe://other.example/triage",
                "spiffe://forgeries.example.attacker.example/triage",
                "spiffe://FORGERIES.example/triage",
                "SPIFFE://forgeries.example/triage",
                "spiffe://forgeries.example:443/triage",
                "spiffe://me@forgeries.example/triage",
                "spiffe://forgeries.example",
                "spiffe://forgeries.example/",
                "spiffe://forgeries.example/triage/",
                "spiffe://forgeries.example//triage",
                "spiffe://forgeries.example/ap/../triage",
                "spiffe://forgeries.example/./triage",
                "spiffe://forgeries.example/%74riage",
                "spiffe://forgeries.example/triage?a=b",
                "spiffe://forgeries.example/triage#a",
                "spiffe://forgeries.example/tri\u0430ge",
                "spiffe:///triage",
                "spiffe://forgeries.example/" + "x".repeat(2048),
                "https://forgeries.example/triage",
                "forgeries.example/triage")) {
            all.add(svid("sub " + id, c -> c.put("sub", id), "issuer_unknown"));
        }
        all.add(svid("iss of another trust domain", c -> c.put("iss", "spiffe://other.example"), "issuer_unknown"));
        all.add(svid("iss that is a number", c -> c.put("iss", 1), "issuer_unknown"));
        all.add(svid("no sub", c -> c.remove("sub"), "issuer_unknown"));
        all.add(svid("no aud", c -> c.remove("aud"), "audience_mismatch"));
        all.add(svid("aud of somebody else", c -> c.put("aud", List.of("ledger")), "audience_mismatch"));
        all.add(svid("no exp", c -> c.remove("exp"), "expiry_invalid"));
        all.add(Forgeries.forged(
                "key of the bundle without a use",
                f -> Forgeries.kid(f.claims(c -> good(c)), "ec-plain").signed(),
                "key_unknown"));
        return List.copyOf(all);
    }

    /** A good one of {@code forgeries.example}, changed. */
    private static Forgery svid(String name, Consumer<Map<String, Object>> change, String reason) {
        return Forgeries.claim(
                "SVID: " + name, ((Consumer<Map<String, Object>>) PlatformForgeries::good).andThen(change), reason);
    }

    private static void good(Map<String, Object> claims) {
        claims.keySet().removeAll(List.of("iss", "jti", "iat"));
        claims.put("sub", "spiffe://forgeries.example/triage");
    }

    private static Forgery account(String name, String account, @Nullable Object bound) {
        return account(name, account, bound, Map.of());
    }

    private static Forgery account(String name, String account, @Nullable Object bound, Map<String, Object> more) {
        return Forgeries.claim(
                "service account: " + name,
                c -> {
                    c.put("sub", ACCOUNT + account);
                    c.putAll(more);
                    if (bound != null) {
                        c.put("kubernetes.io", bound);
                    }
                },
                "subject_invalid");
    }

    private static Map<String, Object> bound(String namespace, String name) {
        return Map.of("namespace", namespace, "serviceaccount", Map.of("name", name, "uid", "1"));
    }
}
