package io.errand.broker.identity;

import java.util.Optional;

/** How a client says what its assertion is ({@code client_assertion_type}). */
public enum AssertionType {

    /** RFC 7523 §2.2. */
    JWT_BEARER("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),

    /** A JWT-SVID (OAuth SPIFFE Client Authentication §3.1), which needs neither {@code iss} nor {@code jti}. */
    JWT_SPIFFE("urn:ietf:params:oauth:client-assertion-type:jwt-spiffe");

    private final String urn;

    AssertionType(String urn) {
        this.urn = urn;
    }

    public static Optional<AssertionType> of(String urn) {
        for (AssertionType type : values()) {
            if (type.urn.equals(urn)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
