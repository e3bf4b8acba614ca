/** The pages as a browser gets them, and the way in to them. */
@org.jspecify.annotations.NullMarked
package io.errand.console;
