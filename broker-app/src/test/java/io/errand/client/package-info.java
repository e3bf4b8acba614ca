/** The Java client against the real service. */
@org.jspecify.annotations.NullMarked
package io.errand.client;
