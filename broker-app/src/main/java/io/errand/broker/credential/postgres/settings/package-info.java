/**
 * The targets of the configuration: addresses, logins, and the groups that agents may get.
 */
@NullMarked
package io.errand.broker.credential.postgres.settings;

import org.jspecify.annotations.NullMarked;
