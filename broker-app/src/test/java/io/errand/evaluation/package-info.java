/** Decisions about actions, as tasks and gateways ask for them over HTTP. */
@org.jspecify.annotations.NullMarked
package io.errand.evaluation;
