/** A directory that pushes users and groups, over HTTP. */
@org.jspecify.annotations.NullMarked
package io.errand.directory;
