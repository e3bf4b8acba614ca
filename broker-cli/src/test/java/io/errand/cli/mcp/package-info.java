@org.jspecify.annotations.NullMarked
package io.errand.cli.mcp;
