/**
 * Between a client and a server of the Model Context Protocol (MCP): each {@code tools/call} is decided before it passes, tools
 * outside the task are not shown, and everything else goes by unchanged.
 *
 * <p>Messages are passed on as JSON and not through the SDK's client and server: those speak the versions and capabilities that
 * they know, and drop members that they do not. Each message is written anew all the same, in ASCII without line breaks, so that
 * the server cannot read another message out of the bytes than was decided about.
 *
 * <p>{@link io.errand.cli.mcp.Guard} decides; {@link io.errand.cli.mcp.StdioRelay} and {@link io.errand.cli.mcp.HttpRelay} are the
 * two transports of the specification.
 */
@org.jspecify.annotations.NullMarked
package io.errand.cli.mcp;
