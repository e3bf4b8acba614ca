/** The service: one package is one room, and its {@code package-info} is the room's door sign. */
@org.jspecify.annotations.NullMarked
package io.errand.broker;
