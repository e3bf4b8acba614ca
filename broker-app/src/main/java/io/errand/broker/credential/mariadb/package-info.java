/**
 * MariaDB and MySQL as targets that the broker observes: it ends there, with a login of its own, what Vault makes.
 *
 * <p>Promises: an account's sessions are ended, and again once it is locked, and gone means that neither {@code mysql.user} nor the process
 * list knows it any more (P2).
 */
@NullMarked
package io.errand.broker.credential.mariadb;

import org.jspecify.annotations.NullMarked;
