/**
 * What administrators see and do: leases, revocations with their manifests, the kill switch.
 */
@NullMarked
package io.errand.broker.lease.admin;

import org.jspecify.annotations.NullMarked;
