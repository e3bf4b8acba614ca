package io.errand.broker.identity;

/** Whose tokens an issuer signs. */
public enum IssuerPurpose {
    WORKLOAD,
    PERSON
}
