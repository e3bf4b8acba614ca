/**
 * What a login leaves behind: objects that it owns, and what fires in its name.
 */
@NullMarked
package io.errand.broker.credential.postgres.leftover;

import org.jspecify.annotations.NullMarked;
