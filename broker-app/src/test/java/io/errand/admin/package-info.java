/** The registries as administrators use them, over HTTP. */
@org.jspecify.annotations.NullMarked
package io.errand.admin;
