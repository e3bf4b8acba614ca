package io.errand.broker.identity;

import java.util.Optional;

/** What a caller says a token is (RFC 8693 §3). */
public enum TokenType {
    JWT("urn:ietf:params:oauth:token-type:jwt"),
    ID_TOKEN("urn:ietf:params:oauth:token-type:id_token"),
    ACCESS_TOKEN("urn:ietf:params:oauth:token-type:access_token"),
    /** An assertion of the grant {@code jwt-bearer}; token exchange takes none. */
    ID_JAG("urn:ietf:params:oauth:token-type:id-jag");

    private final String urn;

    TokenType(String urn) {
        this.urn = urn;
    }

    public String urn() {
        return urn;
    }

    /** One that token exchange knows. */
    public static Optional<TokenType> of(String urn) {
        for (TokenType type : values()) {
            if (type != ID_JAG && type.urn.equals(urn)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
