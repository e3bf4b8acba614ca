/**
 * The backend {@code vault}: credentials of HashiCorp Vault's leased secrets engines.
 *
 * <p>Promises: one orphan token a lease, whose accessor is committed before the credential is read (P1); gone means that Vault
 * was asked and knows neither the lease nor the token, and a broker that may not ask does not know (P2). What the broker may
 * do at Vault is in {@code docs/vault.md}.
 */
@NullMarked
package io.errand.broker.credential.vault;

import org.jspecify.annotations.NullMarked;
