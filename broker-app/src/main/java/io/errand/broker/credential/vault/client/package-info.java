/**
 * The broker's own session at Vault, and calls that end in an answer or in an unclear one.
 */
@NullMarked
package io.errand.broker.credential.vault.client;

import org.jspecify.annotations.NullMarked;
