/**
 * The {@code errand} command: what operators type. It speaks to a running broker over HTTP and knows nothing of its inside.
 *
 * <p>A new command is a class here, named in {@link io.errand.cli.ErrandCommand}; it takes {@link io.errand.cli.Connection}
 * as a mixin to reach the broker, and throws {@link io.errand.cli.CommandFailed} to end with one sentence.
 */
@org.jspecify.annotations.NullMarked
package io.errand.cli;
