/** The exchange as its clients see it: HTTP alone, from outside the service's packages. */
@org.jspecify.annotations.NullMarked
package io.errand.exchange;
