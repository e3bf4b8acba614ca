/**
 * What a policy would change: tests, and past decisions decided again.
 */
@NullMarked
package io.errand.broker.policy.whatif;

import org.jspecify.annotations.NullMarked;
