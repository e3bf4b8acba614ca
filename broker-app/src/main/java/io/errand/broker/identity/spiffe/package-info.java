/**
 * Keys of SPIFFE trust domains: the Workload API, bundles from files and addresses.
 */
@NullMarked
package io.errand.broker.identity.spiffe;

import org.jspecify.annotations.NullMarked;
