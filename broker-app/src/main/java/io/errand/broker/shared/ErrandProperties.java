package io.errand.broker.shared;

import java.net.URI;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * What every room must know.
 *
 * @param issuer {@code errand.issuer}: our issuer identifier (RFC 8414 §2), an http(s) URL without query, fragment or
 *     trailing slash. It is {@code iss} of every token that we sign and the audience of every task token
 */
@ConfigurationProperties("errand")
public record ErrandProperties(String issuer) {

    public ErrandProperties {
        if (issuer == null || !isIssuerIdentifier(issuer)) {
            throw new IllegalArgumentException(
                    "errand.issuer must be an http(s) URL without query, fragment or trailing slash, for example"
                            + " https://errand.example");
        }
    }

    /** The audience of administrators' tokens. */
    public String adminAudience() {
        return issuer + "/admin";
    }

    private static boolean isIssuerIdentifier(String text) {
        try {
            URI uri = URI.create(text);
            return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && !text.endsWith("/");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
