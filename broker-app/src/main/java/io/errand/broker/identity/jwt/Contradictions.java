package io.errand.broker.identity.jwt;

import io.errand.broker.identity.NumericDate;
import io.errand.broker.identity.TokenType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a token says in two ways that do not agree. Whoever reads only one of them would believe another token than whoever reads the
 * other, so neither is believed.
 */
final class Contradictions {

    /**
     * The claims in which the client is named that a token was issued to: OIDC Core §2, RFC 8693 §4.3, Okta, and Microsoft Entra's
     * tokens of version 1.0.
     */
    static final List<String> CLIENT_CLAIMS = List.of("azp", "client_id", "cid", "appid");

    private Contradictions() {}

    /** The first that is found. */
    static Optional<String> in(Map<String, Object> claims, TokenType type, TrustedIssuer issuer) {
        return clients(claims).or(() -> audienceOfClient(claims, type, issuer)).or(() -> times(claims));
    }

    /**
     * A token that ends before it begins, or before it was issued, is valid at no time (RFC 7519 §4.1.4 to §4.1.6), though within the
     * clocks' difference each of the claims would do. That {@code nbf} and {@code iat} differ says nothing: either may come first.
     */
    private static Optional<String> times(Map<String, Object> claims) {
        Optional<Long> exp = NumericDate.of(claims.get("exp"));
        return Stream.of("nbf", "iat")
                .filter(claim -> exp.isPresent()
                        && NumericDate.of(claims.get(claim))
                                .filter(from -> from >= exp.get())
                                .isPresent())
                .map(claim -> "It ends at exp " + claims.get("exp") + ", which is not after " + claim + " "
                        + claims.get(claim))
                .findFirst();
    }

    /** One token is of one client, however it is named. */
    private static Optional<String> clients(Map<String, Object> claims) {
        Map<String, Object> named = new LinkedHashMap<>();
        CLIENT_CLAIMS.stream().filter(claims::containsKey).forEach(claim -> named.put(claim, claims.get(claim)));
        return new LinkedHashSet<>(named.values()).size() <= 1
                ? Optional.empty()
                : Optional.of("It is of two clients: " + named);
    }

    /**
     * An ID token's audience is the client that it was issued to, and {@code azp} is among several (OIDC Core §2, §3.1.3.7); a sole one
     * may differ from it, unless the issuer's resource says that the sole audience is the client.
     */
    private static Optional<String> audienceOfClient(Map<String, Object> claims, TokenType type, TrustedIssuer issuer) {
        if (type != TokenType.ID_TOKEN) {
            return Optional.empty();
        }
        Set<?> audiences =
                claims.get("aud") instanceof List<?> several ? new LinkedHashSet<>(several) : Set.of(claims.get("aud"));
        boolean soleIsClient = ClientClaim.AUDIENCE.equals(issuer.mapping().clientClaim());
        if (audiences.size() == 1 && !soleIsClient) {
            return Optional.empty();
        }
        return CLIENT_CLAIMS.stream()
                .filter(claims::containsKey)
                .filter(claim -> !audiences.contains(claims.get(claim)))
                .map(claim -> claim + " " + claims.get(claim) + " is none of the audiences " + audiences)
                .findFirst();
    }
}
