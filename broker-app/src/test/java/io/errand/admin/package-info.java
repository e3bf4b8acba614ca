/** The admin API as its users see it. */
@org.jspecify.annotations.NullMarked
package io.errand.admin;
