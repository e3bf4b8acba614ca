package io.errand.broker.tool;

/**
 * A tool was replaced by something else. Published in the transaction of the change, and not when a new tool is created.
 *
 * @param who the administrator
 */
public record ToolChanged(Tool before, Tool after, String who) {}
