/** What an operator sees of a running broker: metrics, health, the doctor. */
@org.jspecify.annotations.NullMarked
package io.errand.operations;
