/**
 * Whether an engine and the rights of the broker there are as documented.
 */
@NullMarked
package io.errand.broker.credential.vault.check;

import org.jspecify.annotations.NullMarked;
