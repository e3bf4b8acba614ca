package io.errand.broker.identity;

import java.util.Optional;

/** What a caller says a token is (RFC 8693 §3). */
public enum TokenType {
    JWT("urn:ietf:params:oauth:token-type:jwt"),
    ID_TOKEN("urn:ietf:params:oauth:token-type:id_token"),
    ACCESS_TOKEN("urn:ietf:params:oauth:token-type:access_token");

    private final String urn;

    TokenType(String urn) {
        this.urn = urn;
    }

    public String urn() {
        return urn;
    }

    public static Optional<TokenType> of(String urn) {
        for (TokenType type : values()) {
            if (type.urn.equals(urn)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
