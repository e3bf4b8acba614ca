/**
 * A broker for one machine: embedded PostgreSQL, two development issuers and the service in one JVM, kept in one directory.
 *
 * <p>It is for trying Errand out and for developing against it. Everything listens on loopback, and whoever can read the data
 * directory can be anybody. It is never part of the production image.
 */
@org.jspecify.annotations.NullMarked
package io.errand.quickstart;
