/**
 * Owns: the users and groups that a directory has pushed by SCIM 2.0 (RFC 7643, 7644), the bearers by which it may, and its changes
 * that wait for an administrator.
 *
 * <p>Promises: whoever is gone from the directory is gone as an owner in the same transaction, as if an administrator had said so;
 * nobody comes back by it. A push that would make too many owners gone waits for a person. It says who there is and gives nobody a
 * right: no role and no group of an approver comes from here.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "audit", "database", "identity", "identity::admin"})
@NullMarked
package io.errand.broker.directory;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
