package io.errand.broker.identity;

/** Where people sign in at an issuer (OIDC Discovery §3), or why that is not known. */
public sealed interface SignInEndpoints {

    record At(String issuer, String authorizationEndpoint, String tokenEndpoint) implements SignInEndpoints {}

    /** @param cause for the log */
    record Unavailable(String cause) implements SignInEndpoints {}
}
