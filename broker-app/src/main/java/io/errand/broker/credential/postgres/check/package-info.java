/**
 * Whether a target is set up as documented, and what is missing.
 */
@NullMarked
package io.errand.broker.credential.postgres.check;

import org.jspecify.annotations.NullMarked;
