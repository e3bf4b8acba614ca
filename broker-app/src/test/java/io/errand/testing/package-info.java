/** What tests stand on: a real PostgreSQL, a real issuer, the service over HTTP. */
@org.jspecify.annotations.NullMarked
package io.errand.testing;
