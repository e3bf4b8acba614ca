/**
 * Makes {@code docs/openapi.yaml} from the controllers: what each address takes, and everything that it may answer. What is not in it
 * is not answered.
 */
@NullMarked
package io.errand.conformance.description;

import org.jspecify.annotations.NullMarked;
