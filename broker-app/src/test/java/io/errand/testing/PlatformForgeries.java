package io.errand.testing;

import io.errand.testing.Forgeries.Forgery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is wrong in the way of one platform: Kubernetes' projected tokens, and SPIFFE's. */
final class PlatformForgeries {

    private static final String ACCOUNT = "system:serviceaccount:";

    private PlatformForgeries() {}

    static List<Forgery> kubernetes() {
        return List.of(
                account("namespace other than the bound one", "ap:triage", bound("hr", "triage")),
                account("account other than the bound one", "ap:triage", bound("ap", "admin")),
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
        return Forgeries.claim(
                "service account: " + name,
                c -> {
                    c.put("sub", ACCOUNT + account);
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
