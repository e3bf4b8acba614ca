/**
 * The issuers of a broker on one machine: one for workloads, whose tokens commands make from the key, and one for people, where
 * they sign in to the console through a browser (OIDC's code flow with PKCE).
 *
 * <p>Whoever has the development password can be anybody. It lies in the data directory, where only the owner reads it:
 * loopback alone is open to everybody on the machine, and to every page in their browsers.
 */
@org.jspecify.annotations.NullMarked
package io.errand.quickstart.issuer;
