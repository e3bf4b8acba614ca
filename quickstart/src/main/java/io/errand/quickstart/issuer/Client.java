package io.errand.quickstart.issuer;

/**
 * Who may send people here to sign in: the console of the one local broker.
 *
 * @param origin the broker's address
 * @param redirectUri the only address that a code is sent to, compared as it is (RFC 9700 §2.1)
 */
record Client(String id, String origin, String redirectUri) {}
