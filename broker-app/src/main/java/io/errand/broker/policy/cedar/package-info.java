/**
 * Policies as Cedar reads them: parsed, indexed, sliced by what a request can reach, and evaluated.
 */
@NullMarked
package io.errand.broker.policy.cedar;

import org.jspecify.annotations.NullMarked;
