/**
 * External decision points, asked over AuthZEN.
 */
@NullMarked
package io.errand.broker.policy.pdp;

import org.jspecify.annotations.NullMarked;
