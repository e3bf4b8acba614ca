/**
 * The OpenAPI document at {@code /v3/api-docs}: what each address takes, and everything that it may answer. What is not in it is not
 * answered.
 */
@NullMarked
package io.errand.broker.shared.openapi;

import org.jspecify.annotations.NullMarked;
