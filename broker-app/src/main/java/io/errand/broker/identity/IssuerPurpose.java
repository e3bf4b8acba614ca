package io.errand.broker.identity;

/** Whose tokens an issuer signs. */
public enum IssuerPurpose {
    WORKLOAD,
    PERSON,
    /** Another deployment of Errand, whose {@code jwt} credentials say who asked there, for whom. */
    ERRAND
}
