/**
 * The policies in force, their versions, and open policies beside them.
 */
@NullMarked
package io.errand.broker.policy.registry;

import org.jspecify.annotations.NullMarked;
