/** Notifications as their receivers see them. */
@org.jspecify.annotations.NullMarked
package io.errand.signal;
