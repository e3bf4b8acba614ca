/** The registries of agents and tools as administrators use them, over HTTP. */
@org.jspecify.annotations.NullMarked
package io.errand.registry;
